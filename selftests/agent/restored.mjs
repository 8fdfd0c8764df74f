// SPDX-License-Identifier: LGPL-2.1-or-later
// A machine whose hub is restored from yesterday's backup: the hub then knows less than the machine.
//
//	O=build node selftests/agent/restored.mjs [NAME]
import { deepEqual, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { runTests } from '../hub/hub.mjs';
import { Site } from '../hub/site.mjs';
import { kernel, withAgent } from './agent_hub.mjs';

const ready = (version) =>
	[`WAITING: patch ${version} is ready; no patch is active; the mode is no-apply, in which nothing is applied`, 'current'];

// A publisher, a hub with patch 1 in stable, and this machine.
class Fleet extends withAgent(Site) {
	kernel = kernel;

	static async attachable()
	{
		const fleet = await super.published();
		fleet.release(1);
		fleet.makeAgent();
		return fleet;
	}

	get archive() { return path.join(this.top, 'backup.tar'); }

	// Publishes a version, with the functions of those before, and offers it in stable.
	release(version)
	{
		this.said(0, this.publish(`klp_${version}`, ['f', 'g'].slice(0, version)));
		this.said(0, this.admin('patch', 'promote', String(version), 'stable'));
	}

	tokenText()
	{
		return this.said(0, this.admin('token', 'create'));
	}

	backup()
	{
		this.program('klp-hub', 'backup', this.folder, this.archive);
	}

	async restore(...words)
	{
		await this.stop();
		fs.rmSync(this.folder, { recursive: true });
		this.said(0, spawnSync(`${process.env.O}/bin/klp-hub`, ['restore', ...words, this.archive, this.folder], { encoding: 'utf8' }));
		await this.serve();
	}
}

const tests = {
	async 'a machine goes on with a hub that lost its check-ins and promotions'(fleet) {
		await fleet.attach();
		fleet.backup();
		fleet.said(0, fleet.admin('patch', 'promote', '1', 'edge'));
		for (let i = 0; i < 3; i++)
			deepEqual(await fleet.refresh(), ready(1));
		const { counter } = fleet.file('journal.json');
		await fleet.restore();
		deepEqual(await fleet.refresh(), ready(1));
		equal(fleet.status().reattach, false);
		equal(fleet.file('journal.json').counter, counter + 1);
		match(fleet.said(0, fleet.admin('machine', 'list')), /^[0-9a-f]{32} .*waiting \(patch 1 is ready/m);
	},

	async 'with a mirror it goes on with what was published since'(fleet) {
		await fleet.attach();
		fleet.backup();
		fleet.release(2);
		deepEqual(await fleet.refresh(), ready(2));
		const mirror = path.join(fleet.top, 'mirror');
		fs.cpSync(path.join(fleet.folder, 'repository'), mirror, { recursive: true });
		await fleet.restore('--mirror', mirror);
		deepEqual(await fleet.refresh(), ready(2));
	},

	async 'without one it refuses a repository that is older than what it has seen'(fleet) {
		await fleet.attach();
		fleet.backup();
		fleet.release(2);
		deepEqual(await fleet.refresh(), ready(2));
		await fleet.restore();
		const { status, out } = await fleet.verb('refresh');
		equal(status, 1);
		match(out, /^WAITING: patch 2 is ready/);
		equal(fleet.status().repository, 'rollback');
	},

	async 'a machine that attached after the backup has to attach again'(fleet) {
		fleet.backup();
		await fleet.attach();
		await fleet.restore();
		const { status, err } = await fleet.verb('refresh');
		equal(status, 1);
		match(err, /attach/);
		await fleet.attach();
		deepEqual(await fleet.refresh(), ready(1));
	},
};

await runTests(tests, () => Fleet.attachable(), 'agent');
