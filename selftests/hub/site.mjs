// SPDX-License-Identifier: LGPL-2.1-or-later
// A hub with its ceremony, as a publisher has it: klp-admin's folder beside the hub's, and ordinary
// clients of the repository, tuf-js and klp-tuf, behind a server that passes on what the hub serves.
import { equal } from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import { Hub, freePort } from './hub.mjs';

const require = createRequire(path.join(process.env.O, 'hub/'));
const { Updater } = require('tuf-js');

export const release = '6.1.0-55-amd64';
export const buildId = '0f1e2d3c4b5a69788796a5b4c3d2e1f001234567';

// All files below a folder, by path, as their hashes.
export function filesOf(folder)
{
	return Object.fromEntries(fs.readdirSync(folder, { recursive: true })
		.map((name) => [name, path.join(folder, name)])
		.filter(([, file]) => fs.statSync(file).isFile())
		.map(([name, file]) => [name, crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex')])
		.sort());
}

function canonical(value)
{
	if (Array.isArray(value))
		return `[${value.map(canonical).join(',')}]`;
	if (value === null || typeof value != 'object')
		return JSON.stringify(value);
	return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

export class Site extends Hub {
	// ceremony: options of klp-admin init.
	static async start(...ceremony)
	{
		const site = new this();
		site.top = fs.mkdtempSync(path.join(os.tmpdir(), 'klp-site-'));
		site.listen = `127.0.0.1:${await freePort()}`;
		site.hold(`https://${site.listen}`, ...ceremony);
		await site.serve();
		site.login('anna', 'publisher');
		return site;
	}

	// The kernel that modules are for.
	kernel = { release, build_id: buildId };

	get folder() { return path.join(this.top, 'hub'); }
	get station() { return path.join(this.top, 'admin'); }

	// Makes the hub's folder, and the keys beside it.
	hold(address, ...ceremony)
	{
		if (!ceremony.includes('--passphrase-file'))
			ceremony.push('--no-passphrase');
		this.program('klp-hub', 'init', '--address', address, this.folder);
		this.pem = fs.readFileSync(path.join(this.folder, 'hub.crt'));
		this.said(0, this.admin('init', '--hub', path.join(this.folder, 'hub.json'), ...ceremony));
	}

	static async published(...ceremony)
	{
		const site = await this.start(...ceremony);
		site.said(0, site.admin('sign', 'first'));
		return site;
	}

	// A login string for a person, in the station's folder.
	login(name, role, station = this.station)
	{
		const text = this.access(name, role);
		this.said(0, this.adminAt(station, 'login', text));
	}

	access(name, role)
	{
		return spawnSync(`${process.env.O}/bin/klp-hub`, ['access', this.folder, name, '--role', role],
			{ encoding: 'utf8' }).stdout.trim();
	}

	secretOf(name, role)
	{
		const [, body] = this.access(name, role).split('.');
		return JSON.parse(Buffer.from(body, 'base64url')).secret;
	}

	adminAt(station, ...words)
	{
		return this.adminWith({}, station, ...words);
	}

	// With more in the environment. Nobody is at a terminal: whatever signs is told not to ask.
	adminWith(env, station, ...words)
	{
		if (/^(sign|recall|patch publish|notice publish|kernel set-support|keys (status|rotate))( |$)/.test(words.join(' ')))
			words.push('--yes');
		return spawnSync(`${process.env.O}/bin/klp-admin`, words,
			{ encoding: 'utf8', timeout: 60_000, input: '',
				env: { ...process.env, ...env, KLP_ADMIN_FOLDER: station } });
	}

	admin(...words)
	{
		return this.adminAt(this.station, ...words);
	}

	// klp-admin without waiting for it: {status, stdout, stderr} later.
	adminLater(station, ...words)
	{
		return new Promise((resolve) => execFile(`${process.env.O}/bin/klp-admin`, words,
			{ env: { ...process.env, KLP_ADMIN_FOLDER: station } },
			(error, stdout, stderr) => resolve({ status: error ? error.code : 0, stdout, stderr })));
	}

	// What a program said; its status has to be this.
	said(status, run)
	{
		equal(run.status, status, `${run.status}: ${run.stdout}${run.stderr}`);
		return (status === 0 ? run.stdout : run.stderr).trim();
	}

	module(name, functions, { kernel = this.kernel.release, build = this.kernel.build_id } = {})
	{
		const file = path.join(this.top, `${name}.ko`);
		this.program('klp-hub-module', file, name, kernel, build, ...functions);
		return file;
	}

	publish(name, functions, ...words)
	{
		return this.admin('patch', 'publish', this.module(name, functions), '--untested', ...words);
	}

	// The last releases, as they are signed; the next ones, signed by the publisher or by another.
	releases()
	{
		const metadata = path.join(this.folder, 'repository/metadata');
		const versions = fs.readdirSync(metadata).map((name) => Number(name.match(/^(\d+)\.releases\.json$/)?.[1] ?? 0));
		return JSON.parse(fs.readFileSync(path.join(metadata, `${Math.max(...versions)}.releases.json`)));
	}

	signed(content, by)
	{
		const pem = fs.readFileSync(path.join(this.station, 'keys/publisher-1/releases.pem'));
		const sig = crypto.sign(null, Buffer.from(canonical(content)), by ?? crypto.createPrivateKey(pem)).toString('hex');
		return JSON.stringify({ signed: content, signatures: [{ keyid: this.releases().signatures[0].keyid, sig }] });
	}

	upload(bearer, role, bytes)
	{
		return this.ask('POST', '/v1/admin/upload', { bearer, document: { schema: 'klp.upload/1', files: [{ role, bytes }] } });
	}

	// The secret of a machine that was attached by the token's, or by one of its own.
	async attached(token = this.token('organisation').secret)
	{
		const secret = crypto.randomBytes(32).toString('base64url');
		const answer = await this.attach(token, secret);
		equal(answer.status, 200, String(answer.body));
		return secret;
	}

	attach(token, secret, machine = crypto.randomBytes(16).toString('hex'))
	{
		return this.ask('POST', '/v1/attach', { bearer: token, document: { schema: 'klp.attach/1', machine, secret,
			ephemeral: false, kernel: { release, build_id: buildId }, host: 'db1' } });
	}

	checkIn(secret, counter)
	{
		return this.ask('POST', '/v1/check-in', { bearer: secret, document: { schema: 'klp.checkin/1', counter,
			boot_id: crypto.randomUUID(), agent: '0.1.0', verdict: 'ok', reason: 'patch 12 is active',
			applied: [], held: [], failed: [], kernel: { release, build_id: buildId } } });
	}

	repository()
	{
		return filesOf(path.join(this.folder, 'repository'));
	}

	// Plain HTTP on the loopback, for clients that know no pins.
	async pass(get = (url) => this.ask('GET', url))
	{
		const server = http.createServer(async (request, response) => {
			const answer = await get(`/repository${request.url}`);
			response.writeHead(answer.status, { 'Content-Length': answer.body.length });
			response.end(answer.body);
		});
		await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
		this.passing ??= [];
		this.passing.push(server);
		return `http://127.0.0.1:${server.address().port}`;
	}

	async end()
	{
		for (const server of this.passing ?? []) {
			server.closeAllConnections();
			server.close();
		}
		await super.end();
	}
}

// A client with folders of its own, which it keeps from one reading to the next.
export class Reader {
	constructor(site, base)
	{
		this.base = base;
		this.folder = fs.mkdtempSync(path.join(site.top, 'reader-'));
		for (const name of ['metadata', 'targets', 'js', 'js-targets'])
			fs.mkdirSync(path.join(this.folder, name));
		const root = path.join(site.folder, 'repository/metadata/1.root.json');
		fs.copyFileSync(root, path.join(this.folder, 'metadata/root.json'));
		fs.copyFileSync(root, path.join(this.folder, 'js/root.json'));
	}

	at(name) { return path.join(this.folder, name); }

	// klp-tuf's download: {status, stderr}.
	download(target)
	{
		return new Promise((resolve) => execFile(`${process.env.O}/bin/klp-tuf`,
			['--metadata-dir', this.at('metadata'), '--metadata-url', `${this.base}/metadata`,
				'--target-base-url', `${this.base}/targets`, '--target-dir', this.at('targets'),
				'--target-name', target, 'download'],
			(error, stdout, stderr) => resolve({ status: error ? error.code : 0, stderr })));
	}

	// The bytes of a target, which both clients have to find, or nothing.
	async read(target)
	{
		const run = await this.download(target);
		const updater = new Updater({
			metadataDir: this.at('js'), metadataBaseUrl: `${this.base}/metadata`,
			targetDir: this.at('js-targets'), targetBaseUrl: `${this.base}/targets`,
		});
		const info = await updater.getTargetInfo(target);
		if (!info) {
			equal(/not-listed/.test(run.stderr), true, run.stderr);
			return undefined;
		}
		equal(run.status, 0, run.stderr);
		const bytes = fs.readFileSync(await updater.downloadTarget(info));
		const own = fs.readFileSync(path.join(this.at('targets'), encodeURIComponent(target)));
		equal(own.equals(bytes), true);
		return bytes;
	}
}
