// SPDX-License-Identifier: LGPL-2.1-or-later
// klpd's verbs on this machine, in the mode no-apply: nothing is applied here.
import { equal } from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Hub, freePort, holdDocument } from '../hub/hub.mjs';

const release = fs.readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();

// The build id in the notes of the kernel that runs: of the type 3, by GNU.
function buildId()
{
	const notes = fs.readFileSync('/sys/kernel/notes');
	for (let at = 0; at < notes.length;) {
		const [name, size, type] = [0, 4, 8].map((offset) => notes.readUInt32LE(at + offset));
		const start = at + 12 + (name + 3 & ~3);
		if (type == 3 && notes.toString('latin1', at + 12, at + 15) == 'GNU')
			return notes.toString('hex', start, start + size);
		at = start + (size + 3 & ~3);
	}
	throw new Error('the kernel has no build id');
}

export const kernel = { release, build_id: buildId() };
export const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

// A hub with the folders of an agent beside its own. tokenText() is the hub's.
export const withAgent = (Base) => class extends Base {
	makeAgent()
	{
		fs.chmodSync(this.top, 0o711); // the fetcher is another user
		fs.writeFileSync(this.config, 'mode = no-apply\n');
	}

	get state() { return path.join(this.top, 'state'); }
	get config() { return path.join(this.top, 'agent.conf'); }

	// A verb's status and words. before has words in front of the program.
	verb(name, words = [], { input = '', before = [], started } = {})
	{
		const places = ['--state', this.state, '--run', path.join(this.top, 'run'), '--config', this.config];
		const [program, ...rest] = [...before, `${process.env.O}/libexec/klp/klp-${name}`, ...words, ...places];
		return new Promise((resolve) => {
			const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
			const answer = { out: '', err: '' };
			child.stdout.on('data', (text) => { answer.out += text; });
			child.stderr.on('data', (text) => { answer.err += text; });
			child.on('close', (status, signal) => resolve({ ...answer, status: signal ?? status }));
			child.stdin.end(input);
			started?.(child);
		});
	}

	async attach()
	{
		const answer = await this.verb('attach', [this.tokenText()]);
		equal(answer.status, 0, answer.err);
		return answer;
	}

	// The verdict after a refresh, and the state of the repository.
	async refresh(status = 0)
	{
		const answer = await this.verb('refresh');
		equal(answer.status, status, answer.out + answer.err);
		return [answer.out.trim(), this.status().repository];
	}

	// status.json, which its schema has to permit.
	status()
	{
		const file = path.join(this.top, 'run/status.json');
		equal(fs.statSync(file).mode & 0o777, 0o644);
		const status = JSON.parse(fs.readFileSync(file));
		holdDocument(status, file);
		return status;
	}

	file(name)
	{
		return JSON.parse(fs.readFileSync(path.join(this.state, name)));
	}
};

// klp-hub, with a repository that klp-agent-publish writes.
export class AgentHub extends withAgent(Hub) {
	static async start()
	{
		const hub = new AgentHub();
		hub.top = fs.mkdtempSync(path.join('/tmp', 'klp-agent-'));
		hub.folder = path.join(hub.top, 'hub');
		hub.port = await freePort();
		hub.program('klp-hub', 'init', '--address', `https://127.0.0.1:${hub.port}`, hub.folder);
		hub.pem = fs.readFileSync(path.join(hub.folder, 'hub.crt'));
		hub.offers = new Map();
		hub.recalls = [];
		hub.approved = undefined;
		hub.publish();
		await hub.serve('--listen', `127.0.0.1:${hub.port}`);
		hub.makeAgent();
		return hub;
	}

	// Offers bytes that no kernel takes.
	offer(version, change = {})
	{
		const file = path.join(this.top, `klp_${version}.ko`);
		fs.writeFileSync(file, `module ${version}`);
		this.offers.set(version, { file, digest: sha256(`module ${version}`), released: true, share: 10000, ...change });
	}

	publish(expires = {})
	{
		const { release: name, build_id } = kernel, place = `${name}/${build_id}`;
		const targets = [], versions = [...this.offers.entries()].sort(([a], [b]) => a - b);
		for (const [version, { file, released }] of versions)
			if (released)
				targets.push({ path: `patches/${place}/klp_${version}.ko`, file, custom: {
					schema: 'klp.patch/1', version, build_id, modules: {}, replaces: ['f'], removable: true } });
		if (versions.length) {
			targets.push({ path: `kernels/${place}.json`, document: {
				schema: 'klp.kernel/1', kernel, state: 'supported', covered_until: 4000000000, minimum_version: 1,
				approved: versions.map(([version, { digest }]) => ({ version, sha256: digest, cves: [] })) } });
			targets.push({ path: `tiers/stable/${place}.json`, document: {
				schema: 'klp.tier/1', tier: 'stable', kernel,
				offers: versions.map(([version, { file, digest, share }]) => ({ version,
					path: `patches/${place}/klp_${version}.ko`, length: fs.statSync(file).size,
					sha256: digest, share })) } });
			targets.push({ path: `recalls/${place}.json`, document: {
				schema: 'klp.recalls/1', kernel, recalls: this.recalls } });
		}
		execFileSync(`${process.env.O}/bin/klp-agent-publish`,
			[path.join(this.folder, 'repository'), path.join(this.top, 'keys')],
			{ input: JSON.stringify({ targets, expires }) });
	}

	tokenText(plan = 'personal')
	{
		return this.program('klp-hub-token', this.folder, plan, '1000').trim();
	}
}

// The token with another member, and with check digits that fit.
export function remadeToken(text, change)
{
	const document = JSON.parse(Buffer.from(text.split('.')[1], 'base64url'));
	const body = `klp1.${Buffer.from(JSON.stringify({ ...document, ...change })).toString('base64url')}`;
	return `${body}.${sha256(body).slice(0, 8)}`;
}
