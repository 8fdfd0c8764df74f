// SPDX-License-Identifier: LGPL-2.1-or-later
// The ways to a hub: through proxies, and by a CA in place of the pin.
//
//	O=build node selftests/agent/ways.mjs [NAME]
import { deepEqual, equal, match } from 'node:assert/strict';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import * as path from 'node:path';
import { runTests } from '../hub/hub.mjs';
import { AgentHub, remadeToken } from './agent_hub.mjs';

function passOn(client, host, port, connected)
{
	const server = net.connect(port, host, () => {
		connected();
		server.pipe(client);
		client.pipe(server);
	});
	server.on('error', () => client.destroy());
	client.on('error', () => server.destroy());
}

// asked has where clients wanted to go: "127.0.0.1:8443".
function httpProxy(asked)
{
	return http.createServer().on('connect', (request, client) => {
		asked.push(request.url);
		const [host, port] = request.url.split(':');
		passOn(client, host, port, () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
	});
}

// RFC 1928, without authentication: IPv4 addresses and names.
function socksProxy(asked)
{
	return net.createServer((client) => {
		client.once('data', () => {
			client.write(Buffer.from([5, 0]));
			client.once('data', (request) => {
				const isName = request[3] == 3;
				const host = isName ? request.toString('latin1', 5, 5 + request[4]) : request.subarray(4, 8).join('.');
				const port = request.readUInt16BE(request.length - 2);
				asked.push(`${isName ? 'name ' : ''}${host}:${port}`);
				passOn(client, host, port, () => client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
			});
		});
	});
}

async function listening(server)
{
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	server.unref();
	return server.address().port;
}

function configure(hub, ...lines)
{
	fs.writeFileSync(hub.config, `${['mode = no-apply', ...lines].join('\n')}\n`);
}

async function goesThrough(hub, scheme, server, asked)
{
	const port = await listening(server);
	hub.offer(7);
	hub.publish();
	configure(hub, `proxy = ${scheme}://127.0.0.1:${port}`);
	await hub.attach();
	deepEqual([...new Set(asked)].map((place) => place.replace('name ', '')), [`127.0.0.1:${hub.port}`]);
	equal(hub.status().repository, 'current');
	const before = asked.length;
	configure(hub, `proxy = ${scheme}://127.0.0.1:${port}`, 'no-proxy = 127.0.0.1');
	equal((await hub.refresh())[1], 'current');
	equal(asked.length, before);
	await new Promise((resolve) => server.close(resolve));
	configure(hub, `proxy = ${scheme}://127.0.0.1:${port}`);
	equal((await hub.refresh(1))[1], 'unreachable');
}

const tests = {
	'an HTTP proxy': (hub, asked = []) => goesThrough(hub, 'http', httpProxy(asked), asked),
	'a SOCKS proxy': (hub, asked = []) => goesThrough(hub, 'socks5', socksProxy(asked), asked),
	'a SOCKS proxy that looks names up': (hub, asked = []) => goesThrough(hub, 'socks5h', socksProxy(asked), asked),

	async 'a CA in place of the pin'(hub) {
		const token = remadeToken(hub.tokenText(), { pin: undefined });
		const stranger = await hub.verb('attach', [token]);
		equal(stranger.status, 1);
		match(stranger.err, /certificate/);
		const ca = path.join(hub.top, 'ca.pem');
		fs.writeFileSync(ca, hub.pem, { mode: 0o644 });
		configure(hub, `ca = ${ca}`);
		const known = await hub.verb('attach', [token]);
		equal(known.status, 0, known.err);
	},
};

await runTests(tests, AgentHub.start, 'agent');
