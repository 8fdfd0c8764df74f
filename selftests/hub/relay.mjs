// SPDX-License-Identifier: LGPL-2.1-or-later
// Passes connections to a port of the loopback on to another, and prints the bytes of each once it
// has ended: those of the client, those of the server.
//
//	node selftests/hub/relay.mjs FROM TO
import * as net from 'node:net';

const [from, to] = process.argv.slice(2).map(Number);

function pass(client)
{
	const server = net.connect(to, '127.0.0.1');
	const end = () => {
		client.destroy();
		server.destroy();
	};
	client.pipe(server).pipe(client);
	client.on('error', end);
	server.on('error', end);
	client.on('close', () => console.log(`${client.bytesRead} ${client.bytesWritten}`));
}

net.createServer(pass).listen(from, '127.0.0.1', () => console.log('passes'));
