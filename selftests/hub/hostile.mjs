// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests that no machine sends: too large, cut off, malformed, silent. The hub goes on serving
// the others.
//
//	O=build node selftests/hub/hostile.mjs [NAME]
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { holdAnswer, runTests } from './hub.mjs';

// The text of one answer, in parts.
function answerOf(text)
{
	const [head, ...body] = text.split('\r\n\r\n');
	const [first, ...lines] = head.split('\r\n');
	const headers = Object.fromEntries(lines.map((line) => {
		const colon = line.indexOf(':');
		return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
	}));
	return { status: Number(first.split(' ')[1]), headers, body: Buffer.from(body.join('\r\n\r\n')) };
}

async function raw(hub, method, url, bytes)
{
	const answer = answerOf(await hub.raw(bytes));
	holdAnswer(method, url, answer);
	return answer.status;
}

async function serves(hub)
{
	equal((await hub.ask('GET', '/healthz')).status, 200);
}

// Sends a request a byte at a time until the hub closes the connection; the number of bytes.
async function drip(hub)
{
	const socket = await hub.connect();
	const text = `GET /healthz HTTP/1.1\r\nX: ${'x'.repeat(4000)}`;
	let sent = 0;
	const timer = setInterval(() => socket.write(text[sent++]), 100);
	socket.on('error', () => {});
	socket.resume();
	await new Promise((resolve) => socket.on('close', resolve));
	clearInterval(timer);
	return sent;
}

const tests = {
	async 'a body that is too large is refused before it is there'(hub) {
		const head = 'POST /v1/attach HTTP/1.1\r\nHost: hub\r\n';
		equal(await raw(hub, 'POST', '/v1/attach', `${head}Content-Length: 10000000000\r\n\r\n`), 413);
		equal(await raw(hub, 'POST', '/v1/attach', `${head}Content-Length: 65537\r\n\r\n`), 413);
		for (const [method, url] of [['GET', '/healthz'], ['GET', '/repository/metadata/1.root.json'],
			['POST', '/nowhere']])
			equal(await raw(hub, method, url,
				`${method} ${url} HTTP/1.1\r\nHost: hub\r\nContent-Length: 66000\r\n\r\n`), 413);
		const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
		equal(await raw(hub, 'POST', '/v1/attach',
			`${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`), 413);
		await serves(hub);
	},

	async 'a header that is too large is refused'(hub) {
		equal(await raw(hub, 'GET', '/healthz',
			`GET /healthz HTTP/1.1\r\nHost: hub\r\nX: ${'x'.repeat(9000)}\r\n\r\n`), 431);
		equal(await raw(hub, 'GET', '/healthz', `GET /${'x'.repeat(9000)} HTTP/1.1\r\n\r\n`), 431);
		await serves(hub);
	},

	async 'what is no HTTP is refused'(hub) {
		const requests = [
			'\r\n\r\n\0\0\0\0', 'GET\r\n\r\n', 'GET /healthz\r\n\r\n', 'GET /healthz HTTP/9.9\r\n\r\n',
			'GET /healthz HTTP/1.1\r\nHost hub\r\n\r\n', 'G\x01T /healthz HTTP/1.1\r\n\r\n',
			'POST /v1/attach HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
			'POST /v1/attach HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
			'POST /v1/attach HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
			'POST /v1/attach HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
			'GET /healthz HTTP/1.1\r\nA: b\r\n c: d\nGET / HTTP/1.1\r\n\r\n',
		];
		for (const request of requests)
			equal(await raw(hub, 'GET', '/healthz', request), 400, JSON.stringify(request));
		await serves(hub);
	},

	async 'malformed documents are refused'(hub) {
		const bodies = ['', '{', 'null', '[]', '"klp.attach/1"', '{"schema": "klp.attach/1"}', '{"schema": "klp.attach/2"}',
			'[' + '['.repeat(60_000), '{"a": 1, "a": 2}', '\ufeff{}', '{"schema": 1e400}',
			Buffer.from([0x22, 0xc0, 0xaf, 0x22]), Buffer.alloc(60_000), 'x'.repeat(65_536)];
		for (const body of bodies)
			for (const url of ['/v1/attach', '/v1/check-in', '/v1/report']) {
				const answer = await hub.ask('POST', url, { body, bearer: 'x' });
				equal(answer.status, 400);
				equal(JSON.parse(answer.body).problem, 'malformed');
			}
		await serves(hub);
	},

	async 'no path leaves the repository'(hub) {
		const top = path.join(hub.folder, 'repository');
		fs.symlinkSync('../../hub.key', path.join(top, 'metadata/key'));
		fs.symlinkSync('..', path.join(top, 'up'));
		for (const url of ['../hub.key', 'metadata/../../hub.key', '%2e%2e/hub.key', '..%2fhub.key', 'metadata/key',
			'up/hub.key', '/etc/passwd', '//etc/passwd', 'metadata/%00', 'metadata\\..\\..\\hub.key', '.', '', 'metadata',
			'metadata/1.root.json/..', 'metadata/1.root.json%00', `${'a/'.repeat(2000)}`]) {
			const answer = await hub.ask('GET', `/repository/${url}`);
			equal(answer.status, 404, url);
		}
		equal((await hub.ask('GET', '/repository/../hub.key')).status, 404);
		equal((await hub.ask('GET', 'https://127.0.0.1/repository/../hub.key')).status, 404);
	},

	async 'a hundred silent connections, and a slow one, keep nobody waiting'(hub) {
		const dripping = drip(hub);
		const closed = [];
		const silent = await Promise.all(Array.from({ length: 100 }, async (_, i) => {
			// Every second one does not even begin the handshake.
			const socket = i % 2 ? await hub.connect() : net.connect(hub.port, '127.0.0.1');
			closed.push(new Promise((resolve) => socket.on('close', resolve)));
			socket.on('error', () => {});
			socket.resume();
			return socket;
		}));
		for (const socket of silent.slice(0, 30))
			socket.write('GET /heal');
		const start = Date.now();
		for (let i = 0; i < 20; i++)
			await serves(hub);
		ok(Date.now() - start < 5000, `20 requests took ${Date.now() - start} ms`);
		await Promise.all(closed);
		equal(closed.length, 100);
		const sent = await dripping;
		ok(sent > 20, `${sent} bytes`);
		// handshake and request have 10 and 20 s.
		ok(Date.now() - start < 60_000, `they were closed after ${Date.now() - start} ms`);
		await serves(hub);
	},

	async 'one client does not take the place of all others'(hub) {
		equal(await hub.stop(), 0);
		await hub.serve('--connections', '10', '--connections-of-client', '5');
		const from = (localAddress) => Promise.all(Array.from({ length: 5 }, () => hub.connect({ localAddress })));
		const [first] = await from('127.0.0.1');
		await rejects(hub.connect({ localAddress: '127.0.0.1' }), /ECONNRESET|disconnected/);
		const others = await from('127.0.0.2');
		// All places are taken: this one waits for one of them.
		let served = false;
		const next = hub.connect({ localAddress: '127.0.0.3' }).then(() => { served = true; });
		await rejects(hub.connect({ localAddress: '127.0.0.2' }), /ECONNRESET|disconnected/);
		equal(served, false);
		others[0].destroy();
		await next;
		first.destroy();
	},

	async 'a log that nobody reads any more ends no hub'(hub) {
		hub.child.stderr.destroy();
		await serves(hub);
		equal(await hub.stop(), 0);
	},

	async 'clients that go away in the middle leave nothing behind'(hub) {
		const descriptors = () => fs.readdirSync(`/proc/${hub.child.pid}/fd`).length;
		await serves(hub);
		const before = descriptors();
		const [name] = fs.readdirSync(path.join(hub.folder, 'repository/targets/patches/6.1.0/00'));
		for (let i = 0; i < 50; i++) {
			const socket = await hub.connect();
			socket.on('error', () => {});
			socket.write(`GET /repository/targets/patches/6.1.0/00/${name} HTTP/1.1\r\nHost: hub\r\n\r\n`);
			if (i % 2)
				await new Promise((resolve) => socket.once('data', resolve));
			socket.destroy();
		}
		// Until the hub has seen the last of them.
		const end = Date.now() + 30_000;
		while (descriptors() > before && Date.now() < end)
			await serves(hub);
		ok(descriptors() <= before, `${before} descriptors, then ${descriptors()}`);
		// The repository of these tests lacks roles that the hub would sign.
		const lines = hub.log.trim().split('\n').map((line) => JSON.parse(line).message);
		deepEqual(lines.filter((line) => !line.startsWith('cannot sign what is due: the repository would have no ')),
			[`serves on port ${hub.port}`]);
	},
};

await runTests(tests);
