// SPDX-License-Identifier: LGPL-2.1-or-later
// klp-hub on the loopback, with a repository that klp-tuf-publish wrote and a token for it. Each
// answer that ask() gets is held against doc/openapi.json.
import { equal, ok } from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as https from 'node:https';
import { createRequire } from 'node:module';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tls from 'node:tls';

const here = path.dirname(new URL(import.meta.url).pathname);
const documentPath = path.join(here, '../../doc/openapi.json');
const openapi = JSON.parse(fs.readFileSync(documentPath));

// ajv knows the schemas by the names that the document has for them.
const require = createRequire(path.join(process.env.O, 'hub/'));
const Ajv = require('ajv/dist/2020').default;
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const folder = path.join(here, '../../schema');
for (const name of fs.readdirSync(folder).filter((name) => name.endsWith('.json')))
	ajv.addSchema(JSON.parse(fs.readFileSync(path.join(folder, name))), `../schema/${name}`);

function resolved(value)
{
	while (value?.$ref?.startsWith('#/'))
		value = value.$ref.slice(2).split('/').reduce((part, name) => part[name], openapi);
	return value;
}

function hold(schema, value, what)
{
	schema = resolved(schema);
	const validate = schema.$ref ? ajv.getSchema(schema.$ref) : ajv.compile(schema);
	ok(validate(value), `${what}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(value)}`);
}

// A document against the schema that it names.
export function holdDocument(document, what)
{
	hold({ $ref: `../schema/${document.schema.replace('/', '.')}.json` }, document, what);
}

const { responses } = openapi.components;

// The document's response to this request. Answers that paths do not have are in its
// description.
function documented(method, url, status)
{
	const template = url.startsWith('/repository/') ? '/repository/{path}' : url.split('?')[0];
	const operations = openapi.paths[template];
	if (status == 401 && url.startsWith('/v1/admin/'))
		return responses.Unauthorised;
	if (status == 400)
		return responses.Malformed;
	if (status == 413)
		return responses.TooLarge;
	if (status == 431)
		return responses.HeaderTooLarge;
	if (!operations) {
		equal(status, 404, `${method} ${url}`);
		return responses.NotFound;
	}
	const operation = operations[(method == 'HEAD' ? 'GET' : method).toLowerCase()];
	if (!operation) {
		equal(status, 405, `${method} ${url}`);
		return responses.NotAllowed;
	}
	ok(operation.responses[status], `${method} ${url} answers ${status}, which is not documented`);
	return resolved(operation.responses[status]);
}

export function holdAnswer(method, url, answer)
{
	const what = `${method} ${url}: ${answer.status}`;
	const response = documented(method, url, answer.status);
	for (const [name, header] of Object.entries(response.headers ?? {})) {
		ok(answer.headers[name.toLowerCase()] !== undefined || !header.required, `${what}: no ${name}`);
		hold(header.schema, answer.headers[name.toLowerCase()], `${what}: ${name}`);
	}
	const type = answer.headers['content-type'];
	if (!response.content) {
		equal(type, undefined, what);
		equal(answer.body.length, 0, what);
		return;
	}
	ok(response.content[type], `${what}: the type is ${type}`);
	if (method == 'HEAD')
		equal(answer.body.length, 0, what);
	else if (type == 'application/json')
		hold(response.content[type].schema, JSON.parse(answer.body), what);
}

export async function freePort()
{
	const server = net.createServer();
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address();
	await new Promise((resolve) => server.close(resolve));
	return port;
}

export class Hub {
	static async start()
	{
		const hub = new Hub();
		hub.top = fs.mkdtempSync(path.join(os.tmpdir(), 'klp-hub-'));
		hub.folder = path.join(hub.top, 'hub');
		hub.program('klp-hub', 'init', '--address', 'https://127.0.0.1:8443', hub.folder);
		const published = path.join(hub.top, 'published');
		hub.program('klp-tuf-publish', published, 'notices/ACME-0001-1.json={}',
			`patches/6.1.0/00/klp_large.ko=${'x'.repeat(100_000)}`);
		for (const name of ['metadata', 'targets'])
			fs.cpSync(path.join(published, name), path.join(hub.folder, 'repository', name), { recursive: true });
		hub.pem = fs.readFileSync(path.join(hub.folder, 'hub.crt'));
		await hub.serve();
		return hub;
	}

	program(name, ...words)
	{
		return execFileSync(`${process.env.O}/bin/${name}`, words, { encoding: 'utf8' });
	}

	// Until the hub says its port.
	async serve(...options)
	{
		await this.serveIn({}, ...options);
	}

	// The same with more in the environment.
	async serveIn(env, ...options)
	{
		const listen = options.includes('--listen') ? [] : ['--listen', this.listen ?? '127.0.0.1:0'];
		this.child = spawn(`${process.env.O}/bin/klp-hub`,
			['serve', ...listen, '--threads', '2', ...options, this.folder],
			{ stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
		this.log = '';
		await new Promise((resolve, reject) => {
			this.child.stderr.on('data', (text) => {
				this.log += text;
				const said = this.log.match(/serves on port (\d+)/);
				if (said)
					this.port = Number(said[1]);
				if (said)
					resolve();
			});
			this.child.on('close', (status) => reject(new Error(`klp-hub ended with ${status}: ${this.log}`)));
		});
	}

	// The exit status after SIGTERM.
	async stop()
	{
		const ended = new Promise((resolve) => this.child.on('close', (status, signal) => resolve(signal ?? status)));
		this.child.kill('SIGTERM');
		return await ended;
	}

	// A hub that ends by itself, or otherwise than asked, has failed whatever the test saw.
	async end()
	{
		try {
			if (this.child.exitCode === null && this.child.signalCode === null)
				equal(await this.stop(), 0, 'the exit status after SIGTERM');
			else
				equal(this.child.exitCode, 0, `klp-hub ended by itself, by ${this.child.signalCode}`);
		} finally {
			fs.rmSync(this.top, { recursive: true });
		}
	}

	token(plan = 'personal', seconds = 1000)
	{
		const text = this.program('klp-hub-token', this.folder, plan, String(seconds)).trim();
		const [, body] = text.split('.');
		return JSON.parse(Buffer.from(body, 'base64url'));
	}

	get reach()
	{
		return { host: '127.0.0.1', port: this.port, ca: this.pem };
	}

	// One request, on a connection of its own unless there is an agent. path is sent as it is.
	ask(method, url, { bearer, document, body, headers = {}, agent = false } = {})
	{
		const bytes = body ?? (document === undefined ? undefined : JSON.stringify(document));
		const all = { ...headers };
		if (bearer !== undefined)
			all.authorization = `Bearer ${bearer}`;
		if (document !== undefined)
			all['content-type'] = 'application/json';
		return new Promise((resolve, reject) => {
			const request = https.request({ ...this.reach, method, path: url, headers: all, agent });
			request.on('response', (response) => {
				const pieces = [];
				response.on('data', (piece) => pieces.push(piece));
				response.on('error', reject);
				response.on('end', () => {
					const answer = { status: response.statusCode, headers: response.headers,
						body: Buffer.concat(pieces) };
					try {
						holdAnswer(method, url, answer);
						if (document !== undefined && answer.status < 300)
							this.holdRequest(method, url, document);
						resolve(answer);
					} catch (error) {
						reject(error);
					}
				});
			});
			request.on('error', reject);
			request.end(bytes);
		});
	}

	holdRequest(method, url, document)
	{
		const operation = openapi.paths[url][method.toLowerCase()];
		hold(operation.requestBody.content['application/json'].schema, document, `${method} ${url} asks`);
	}

	// A connection after its handshake.
	connect(options = {})
	{
		return new Promise((resolve, reject) => {
			const socket = tls.connect({ ...this.reach, ...options }, () => resolve(socket));
			socket.on('error', reject);
		});
	}

	// All that the hub sends for these bytes until the hub closes the connection.
	async raw(bytes)
	{
		const socket = await this.connect();
		return new Promise((resolve, reject) => {
			let said = '';
			socket.on('data', (piece) => { said += piece; });
			socket.on('error', reject);
			socket.on('close', () => resolve(said));
			socket.write(bytes);
		});
	}
}

// A connection that is never closed is a failure, not a wait.
function inTime(test, limit)
{
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`no end after ${limit} ms`)), limit);
	});
	return Promise.race([test, late]).finally(() => clearTimeout(timer));
}

// limits: of the tests that take longer, in ms.
export async function runTests(tests, startHub = Hub.start, group = 'hub', limits = {})
{
	const only = process.argv[2] ?? '';
	const names = Object.keys(tests).filter((name) => name.includes(only));
	console.log(`1..${names.length}`);
	for (const [i, name] of names.entries()) {
		const hub = await startHub();
		const start = Date.now();
		let verdict = 'ok';
		const failed = (error) => {
			verdict = 'not ok';
			console.log(String(error.stack).replace(/^/gm, '# '));
			console.log(hub.log.replace(/^/gm, '# the hub said: '));
		};
		await inTime(tests[name](hub), limits[name] ?? 90_000).catch(failed);
		await hub.end().catch(failed);
		console.log(`${verdict} ${i + 1} ${group}: ${name} # ${((Date.now() - start) / 1000).toFixed(1)} s`);
	}
}
