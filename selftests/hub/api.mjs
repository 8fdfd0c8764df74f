// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub's API as machines see it.
//
//	O=build node selftests/hub/api.mjs [NAME]
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as https from 'node:https';
import * as path from 'node:path';
import * as tls from 'node:tls';
import { runTests } from './hub.mjs';

const kernel = { release: '6.1.0-55-amd64', build_id: '0f1e2d3c4b5a69788796a5b4c3d2e1f001234567' };

function machine()
{
	return {
		schema: 'klp.attach/1', machine: crypto.randomBytes(16).toString('hex'),
		secret: crypto.randomBytes(32).toString('base64url'), ephemeral: false, kernel, host: 'db1',
	};
}

function checkIn(counter)
{
	return {
		schema: 'klp.checkin/1', counter, boot_id: crypto.randomUUID(), agent: '0.1.0', verdict: 'ok',
		reason: 'patch 12 is active', applied: [{ version: 12, since: 1790000000 }], held: [], failed: [], kernel,
	};
}

async function attached(hub, bearer)
{
	const document = machine();
	equal((await hub.ask('POST', '/v1/attach', { bearer, document })).status, 200);
	return document;
}

const tests = {
	async 'a token reaches the hub that it names'(hub) {
		const token = hub.token();
		const certificate = new crypto.X509Certificate(hub.pem);
		const spki = certificate.publicKey.export({ format: 'der', type: 'spki' });
		equal(token.pin, crypto.createHash('sha256').update(spki).digest('hex'));
		const root = await hub.ask('GET', '/repository/metadata/1.root.json');
		equal(token.root_sha256, crypto.createHash('sha256').update(root.body).digest('hex'));
		await attached(hub, token.secret);
	},

	async 'a machine attaches, checks in and reports'(hub) {
		const { secret } = await attached(hub, hub.token().secret);
		const answer = await hub.ask('POST', '/v1/check-in', { bearer: secret, document: checkIn(1) });
		equal(answer.status, 200);
		equal(JSON.parse(answer.body).reattach, false);
		const again = await hub.ask('POST', '/v1/check-in', { bearer: secret, document: checkIn(1) });
		equal(JSON.parse(again.body).reattach, true);
		const document = {
			schema: 'klp.report/1', number: 1, kernel, boot_id: crypto.randomUUID(), version: 12,
			step: 'committed', time: 1790000000, minutes: 15,
		};
		equal((await hub.ask('POST', '/v1/report', { bearer: secret, document })).status, 204);
		equal((await hub.ask('POST', '/v1/report', { bearer: secret, document: { ...document, step: 'failed' } })).status,
			409);
		equal((await hub.ask('POST', '/v1/report', { bearer: secret, document })).status, 204);
	},

	async 'a machine that detaches gives its place'(hub) {
		const token = hub.token().secret;
		const [{ secret }] = [await attached(hub, token), await attached(hub, token), await attached(hub, token)];
		equal((await hub.ask('POST', '/v1/attach', { bearer: token, document: machine() })).status, 403);
		equal((await hub.ask('POST', '/v1/detach', { bearer: secret, document: {} })).status, 400);
		equal((await hub.ask('POST', '/v1/detach', { bearer: secret })).status, 204);
		equal((await hub.ask('POST', '/v1/check-in', { bearer: secret, document: checkIn(1) })).status, 401);
		equal((await hub.ask('POST', '/v1/attach', { bearer: token, document: machine() })).status, 200);
	},

	async 'of many machines at once the plan takes three'(hub) {
		const { secret } = hub.token();
		const answers = await Promise.all(Array.from({ length: 12 }, () =>
			hub.ask('POST', '/v1/attach', { bearer: secret, document: machine() })));
		deepEqual(answers.map(({ status }) => status).sort(), [...Array(3).fill(200), ...Array(9).fill(403)]);
		const refused = JSON.parse(answers.find(({ status }) => status == 403).body);
		match(refused.message, /^the plan 'personal' has 3 machines, /);
	},

	async 'what is not known or not good is refused'(hub) {
		const ask = async (url, options) => JSON.parse((await hub.ask('POST', url, options)).body).problem;
		equal(await ask('/v1/attach', { document: machine() }), 'unauthorised');
		equal(await ask('/v1/attach', { bearer: 'x', document: machine() }), 'unauthorised');
		equal(await ask('/v1/attach', { bearer: hub.token('personal', -1).secret, document: machine() }), 'expired');
		equal(await ask('/v1/check-in', { bearer: 'x', document: checkIn(1) }), 'unauthorised');
		const taken = await attached(hub, hub.token().secret);
		const document = { ...machine(), machine: taken.machine };
		equal(await ask('/v1/attach', { bearer: hub.token().secret, document }), 'conflict');
		// A token is no machine, and a machine is no token.
		equal(await ask('/v1/check-in', { bearer: hub.token().secret, document: checkIn(1) }), 'unauthorised');
		equal(await ask('/v1/attach', { bearer: taken.secret, document: machine() }), 'unauthorised');
	},

	async 'two bearers are none'(hub) {
		const { secret } = hub.token();
		const body = JSON.stringify(machine());
		const said = await hub.raw(`POST /v1/attach HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n` +
			`Authorization: Bearer ${secret}\r\nAuthorization: Bearer ${secret}\r\n` +
			`Content-Length: ${body.length}\r\n\r\n${body}`);
		match(said, /^HTTP\/1\.1 401 /);
	},

	async 'the files of the repository come as they are'(hub) {
		const top = path.join(hub.folder, 'repository');
		const names = fs.readdirSync(top, { recursive: true }).filter((name) =>
			fs.statSync(path.join(top, name)).isFile());
		ok(names.length > 6);
		const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
		for (const name of names) {
			const answer = await hub.ask('GET', `/repository/${name}`, { agent });
			equal(answer.status, 200, name);
			deepEqual(answer.body, fs.readFileSync(path.join(top, name)));
			const head = await hub.ask('HEAD', `/repository/${name}`, { agent });
			equal(Number(head.headers['content-length']), answer.body.length);
		}
		agent.destroy();
	},

	async 'other paths and methods are said to be none'(hub) {
		equal((await hub.ask('GET', '/')).status, 404);
		equal((await hub.ask('GET', '/v1/machines')).status, 404);
		equal((await hub.ask('GET', '/v1/attach')).status, 405);
		equal((await hub.ask('DELETE', '/repository/metadata/1.root.json')).status, 405);
		equal((await hub.ask('GET', '/healthz')).status, 200);
		equal((await hub.ask('HEAD', '/healthz')).status, 200);
		equal((await hub.ask('GET', '/healthz?a=b')).status, 200);
	},

	async 'TLS is 1.2 or better'(hub) {
		for (const version of ['TLSv1.2', 'TLSv1.3']) {
			const socket = await hub.connect({ minVersion: version, maxVersion: version });
			equal(socket.getProtocol(), version);
			socket.destroy();
		}
		for (const version of ['TLSv1', 'TLSv1.1'])
			await rejects(hub.connect({ minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }),
				/alert protocol version/);
		await rejects(hub.connect({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }),
			/handshake failure/);
	},

	async 'a session is resumed, whichever thread has the connection'(hub) {
		for (const version of ['TLSv1.2', 'TLSv1.3']) {
			let resumed = 0;
			let session;
			for (let i = 0; i < 12; i++) {
				const options = { minVersion: version, maxVersion: version, session };
				await new Promise((resolve, reject) => {
					const socket = tls.connect({ ...hub.reach, ...options }, () => {
						resumed += socket.isSessionReused();
						socket.write('GET /healthz HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n');
					});
					// The hub may send it at any time after the handshake.
					socket.on('session', (next) => { session = next; });
					socket.on('error', reject);
					socket.on('close', resolve);
					socket.resume();
				});
			}
			equal(resumed, 11, version);
		}
	},

	// Otherwise TCP keeps the answer until the client has acknowledged the ticket, some 40 ms later.
	async 'an answer does not wait until the ticket is acknowledged'(hub) {
		const times = [];
		for (let i = 0; i < 12; i++) {
			const socket = await hub.connect();
			const start = performance.now();
			await new Promise((resolve, reject) => {
				socket.on('error', reject);
				socket.on('close', resolve);
				socket.once('data', () => times.push(performance.now() - start));
				socket.write('GET /healthz HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n');
			});
		}
		ok(Math.min(...times) < 25, `${times}`);
	},

	async 'the cipher with the shortest tickets comes first'(hub) {
		const ciphers = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';
		const socket = await hub.connect({ ciphers });
		equal(socket.getCipher().standardName, 'TLS_AES_128_GCM_SHA256');
		socket.destroy();
	},

	async 'a start that cannot be is said so'(hub) {
		const run = (...words) => {
			const { status, stderr } = spawnSync(`${process.env.O}/bin/klp-hub`, words,
				{ encoding: 'utf8', timeout: 20_000 });
			return `${status}: ${stderr.trim()}`;
		};
		const listen = `127.0.0.1:${hub.port}`;
		equal(run('serve', '--listen', listen, hub.folder),
			`1: klp-hub serve: cannot listen on port ${hub.port} of 127.0.0.1: Address already in use`);
		equal(run('serve', '--listen', '127.0.0.1', hub.folder),
			"1: klp-hub serve: '127.0.0.1' is not ADDRESS:PORT, the port from 0 to 65535");
		equal(run('serve', '--listen', 'hub:1', hub.folder),
			"1: klp-hub serve: 'hub' is no address of IPv4 or IPv6");
		equal(run('serve', hub.top), `1: klp-hub serve: there is no hub in '${hub.top}'; make one with 'klp-hub init'`);
		equal(run('init', '--address', 'https://hub.example', hub.folder), `1: klp-hub init: '${hub.folder}' is there; choose another folder`);
		match(run('serve', '--threads', '0', hub.folder), /^2: klp-hub serve: .*'0' is no number of threads from 1 to 64/);
	},

	async 'a hub that was stopped knows its machines when it starts again'(hub) {
		const { secret } = await attached(hub, hub.token().secret);
		equal(await hub.stop(), 0);
		await hub.serve();
		const answer = await hub.ask('POST', '/v1/check-in', { bearer: secret, document: checkIn(1) });
		equal(answer.status, 200);
		hub.child.kill('SIGKILL');
		await new Promise((resolve) => hub.child.on('close', resolve));
		await hub.serve();
		const again = await hub.ask('POST', '/v1/check-in', { bearer: secret, document: checkIn(1) });
		equal(JSON.parse(again.body).reattach, true);
	},

	async 'a lock of the database that another process keeps makes nobody else wait'(hub) {
		const { secret } = await attached(hub, hub.token().secret);
		const program = `import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("begin immediate")
print("kept", flush=True)
sys.stdin.read()`;
		const keeper = spawn('python3', ['-c', program, path.join(hub.folder, 'hub.db')],
			{ stdio: ['pipe', 'pipe', 'inherit'] });
		await new Promise((resolve) => keeper.stdout.once('data', resolve));
		const start = Date.now();
		const asked = Array.from({ length: 6 }, () =>
			hub.ask('POST', '/v1/check-in', { bearer: secret, document: checkIn(1) }));
		equal((await hub.ask('GET', '/healthz')).status, 200);
		ok(Date.now() - start < 4500, `/healthz took ${Date.now() - start} ms`);
		for (const answer of await Promise.all(asked)) {
			equal(answer.status, 503);
			equal(answer.headers['retry-after'], '60');
		}
		keeper.stdin.end();
		await new Promise((resolve) => keeper.on('close', resolve));
		equal((await hub.ask('POST', '/v1/check-in', { bearer: secret, document: checkIn(1) })).status, 200);
	},

	async 'the log is lines of JSON, without a secret'(hub) {
		const { secret } = hub.token();
		const { secret: own } = await attached(hub, secret);
		await hub.ask('POST', '/v1/check-in', { bearer: own, document: checkIn(1) });
		await hub.stop();
		for (const line of hub.log.trim().split('\n'))
			notEqual(JSON.parse(line).message, undefined);
		equal(hub.log.includes(secret) || hub.log.includes(own), false);
	},
};

await runTests(tests);
