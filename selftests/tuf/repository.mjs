// SPDX-License-Identifier: LGPL-2.1-or-later
// A repository in memory behind a server on the loopback, and klp-tuf as its client. A test changes
// what is signed, publishes, runs the client, and looks at its exit status, its requests and its
// folders.
import { spawn } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as os from 'node:os';
import * as path from 'node:path';

export const day = 24 * 60 * 60 * 1000; // ms

export function canonical(value)
{
	if (Array.isArray(value))
		return '[' + value.map(canonical).join(',') + ']';
	if (typeof value == 'string')
		return '"' + value.replace(/["\\]/g, '\\$&') + '"';
	if (value === null || typeof value != 'object')
		return JSON.stringify(value);
	const names = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
	return '{' + names.map((name) => canonical(name) + ':' + canonical(value[name])).join(',') + '}';
}

export function sha256(data)
{
	return crypto.createHash('sha256').update(data).digest('hex');
}

// As metadata has times.
export function inDays(days)
{
	return new Date(Date.now() + days * day).toISOString().replace(/\.\d+/, '');
}

const kinds = {
	ecdsa: { scheme: 'ecdsa-sha2-nistp256', make: ['ec', { namedCurve: 'P-256' }] },
	ed25519: { scheme: 'ed25519', make: ['ed25519', {}] },
	rsa: { scheme: 'rsassa-pss-sha256', make: ['rsa', { modulusLength: 2048 }] },
};

export class Key {
	constructor(type = 'ecdsa', fields = {})
	{
		const pair = crypto.generateKeyPairSync(...kinds[type].make);
		const text = type == 'ed25519' ?
			pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex') :
			pair.publicKey.export({ format: 'pem', type: 'spki' });
		this.privateKey = pair.privateKey;
		this.type = type;
		this.stated = { keytype: type, scheme: kinds[type].scheme, keyval: { public: text }, ...fields };
		this.keyid = sha256(canonical(this.stated));
	}

	sign(text)
	{
		const key = this.type != 'rsa' ? this.privateKey : {
			key: this.privateKey,
			padding: crypto.constants.RSA_PKCS1_PSS_PADDING,
			saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST,
		};
		const digest = this.type == 'ed25519' ? null : 'sha256';
		return crypto.sign(digest, Buffer.from(text), key).toString('hex');
	}
}

export class Repository {
	constructor()
	{
		this.contents = {}; // what is signed, by role
		this.signers = {}; // keys, by role
		this.files = new Map(); // bytes, by path
		this.requests = []; // paths, in order
		this.withHashes = false; // in timestamp and snapshot
		for (const role of ['root', 'timestamp', 'snapshot', 'targets']) {
			this.contents[role] = this.content(role);
			this.signers[role] = [];
		}
		Object.assign(this.contents.root, { consistent_snapshot: true, keys: {}, roles: {} });
		this.contents.targets.targets = {};
		this.contents.snapshot.meta = {};
		this.contents.timestamp.meta = {};
		for (const role of Object.keys(this.contents))
			this.setKeys(role, [new Key()], 1);
		this.publish('root', 'targets', 'snapshot', 'timestamp');
	}

	content(type)
	{
		return { _type: type, spec_version: '1.0.31', version: 0, expires: inDays(30) };
	}

	setKeys(role, keys, threshold)
	{
		for (const key of keys)
			this.contents.root.keys[key.keyid] = key.stated;
		this.contents.root.roles[role] = { keyids: keys.map((key) => key.keyid), threshold };
		this.signers[role] = keys;
	}

	delegate(from, name, paths = ['*'], terminating = false)
	{
		const key = this.signers[name]?.[0] ?? new Key();
		this.signers[name] = [key];
		this.contents[name] ??= { ...this.content('targets'), targets: {} };
		const delegations = this.contents[from].delegations ??= { keys: {}, roles: [] };
		delegations.keys[key.keyid] = key.stated;
		const role = { name, keyids: [key.keyid], threshold: 1, terminating, paths };
		delegations.roles.push(role);
		return role;
	}

	addTarget(role, name, bytes)
	{
		const hash = sha256(bytes);
		this.contents[role].targets[name] = { length: Buffer.byteLength(bytes), hashes: { sha256: hash } };
		const { dir, base } = path.posix.parse(name);
		this.files.set(`targets/${dir ? dir + '/' : ''}${hash}.${base}`, Buffer.from(bytes));
	}

	signed(role)
	{
		const text = canonical(this.contents[role]);
		const signatures = this.signers[role].map((key) => ({ keyid: key.keyid, sig: key.sign(text) }));
		return { signatures, signed: this.contents[role] };
	}

	pathOf(role, version = this.contents[role].version)
	{
		const name = encodeURIComponent(role).replace(/[!'()*]/g,
			(letter) => '%' + letter.charCodeAt(0).toString(16).toUpperCase());
		const plain = role == 'timestamp' || (role != 'root' && !this.contents.root.consistent_snapshot);
		return `metadata/${plain ? '' : version + '.'}${name}.json`;
	}

	// Signs and stores the next version of each.
	publish(...roles)
	{
		for (const role of roles) {
			this.contents[role].version++;
			this.store(role);
		}
	}

	// The same without another version; edit may change the signed document.
	store(role, edit = () => undefined)
	{
		const document = this.signed(role);
		edit(document);
		const bytes = Buffer.from(JSON.stringify(document, null, 1));
		this.files.set(this.pathOf(role), bytes);
		const facts = { version: this.contents[role].version };
		if (this.withHashes)
			Object.assign(facts, { length: bytes.length, hashes: { sha256: sha256(bytes) } });
		if (role == 'snapshot')
			this.contents.timestamp.meta['snapshot.json'] = facts;
		else if (role != 'root' && role != 'timestamp')
			this.contents.snapshot.meta[`${role}.json`] = facts;
	}

	answer(request, response)
	{
		const name = request.url.slice(1);
		this.requests.push(name);
		const bytes = this.files.get(name);
		response.writeHead(bytes ? 200 : 404, { 'Content-Length': bytes?.length ?? 0 });
		response.end(bytes);
	}
}

export class Client {
	constructor(repository)
	{
		this.repository = repository;
		this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'klp-tuf-'));
		for (const name of ['metadata', 'targets'])
			fs.mkdirSync(path.join(this.folder, name));
	}

	async start()
	{
		this.server = http.createServer((request, response) => this.repository.answer(request, response));
		await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
		this.base = `http://127.0.0.1:${this.server.address().port}/`;
	}

	stop()
	{
		this.server.closeAllConnections();
		this.server.close();
		fs.rmSync(this.folder, { recursive: true });
	}

	// The exit status. command is before the program, such as faketime.
	run(words, command = [])
	{
		const [program, ...rest] = [...command, `${process.env.O}/bin/klp-tuf`, ...words];
		return new Promise((resolve, reject) => {
			const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
			this.said = '';
			child.stderr.on('data', (text) => { this.said += text; });
			child.on('error', reject);
			child.on('close', (status, signal) => resolve(signal ?? status));
		});
	}

	get metadata() { return path.join(this.folder, 'metadata'); }
	get targets() { return path.join(this.folder, 'targets'); }

	init(bytes = this.repository.files.get('metadata/1.root.json'))
	{
		const root = path.join(this.folder, 'root.json');
		fs.writeFileSync(root, bytes);
		return this.run(['--metadata-dir', this.metadata, 'init', root]);
	}

	refresh(command)
	{
		this.repository.requests.length = 0;
		return this.run(['--metadata-url', this.base + 'metadata/', '--metadata-dir', this.metadata,
			'refresh'], command);
	}

	download(names, command)
	{
		this.repository.requests.length = 0;
		return this.run(['--metadata-url', this.base + 'metadata', '--metadata-dir', this.metadata,
			...[names].flat().flatMap((name) => ['--target-name', name]),
			'--target-dir', this.targets, '--target-base-url', this.base + 'targets/', 'download'], command);
	}

	// {"root": 1, ...}: the versions of the files.
	trusted()
	{
		return Object.fromEntries(fs.readdirSync(this.metadata).sort().map((name) => {
			const document = JSON.parse(fs.readFileSync(path.join(this.metadata, name)));
			return [name.replace(/\.json$/, ''), document.signed.version];
		}));
	}

	// The bytes of all downloaded targets, sorted.
	downloaded()
	{
		return fs.readdirSync(this.targets).map((name) =>
			fs.readFileSync(path.join(this.targets, name), 'utf8')).sort();
	}
}

// Runs tests as KTAP: {"name": async (repository, client) => ...}; a throw fails one.
export async function runTests(tests)
{
	const only = process.argv[2] ?? '';
	const names = Object.keys(tests).filter((name) => name.includes(only));
	console.log(`1..${names.length}`);
	for (const [i, name] of names.entries()) {
		const repository = new Repository();
		const client = new Client(repository);
		await client.start();
		const start = Date.now();
		let verdict = 'ok';
		try {
			await tests[name](repository, client);
		} catch (error) {
			verdict = 'not ok';
			console.log(String(error.stack).replace(/^/gm, '# '));
			console.log(`# the client said: ${client.said}`);
		}
		client.stop();
		console.log(`${verdict} ${i + 1} tuf: ${name} # ${((Date.now() - start) / 1000).toFixed(1)} s`);
	}
}
