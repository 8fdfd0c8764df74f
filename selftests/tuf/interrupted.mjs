// SPDX-License-Identifier: LGPL-2.1-or-later
// klp-tuf, and the writer of repositories, die or fail at each step that changes a folder: at half of a
// write, before a sync, before a rename; or the disk is full from that step on. Each file is then the
// old one or the new one, and the next run ends the work.
//
//	O=build node selftests/tuf/interrupted.mjs [NAME]
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { runTests } from './repository.mjs';

const preload = path.resolve(process.env.O, 'selftests/tuf/die-at.so');

function filesOf(folder)
{
	return Object.fromEntries(fs.readdirSync(folder).sort()
		.map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]));
}

const ways = {
	'dies': (step) => [`DIE_AT=${step}`],
	'fails': (step) => [`DIE_AT=${step}`, 'FAIL=1'],
	'finds the disk full': (step) => [`FULL_AT=${step}`],
};

// With the words of env before a program.
function dying(folder, step, how)
{
	return ['env', `LD_PRELOAD=${preload}`, `STEPS=${path.join(folder, 'steps')}`, ...ways[how](step)];
}

// The words name the file, and say why.
function isSaid(words, how)
{
	if (how == 'fails')
		match(words, /'\/.*': Input\/output error/);
	if (how == 'finds the disk full')
		match(words, /'\/.*': No space left on device/);
}

function stepsIn(folder)
{
	return Number(fs.readFileSync(path.join(folder, 'steps'), 'utf8'));
}

// Each file of the folder is one of old or new; the name of a part is allowed after a death.
function isOldOrNew(files, before, after, how)
{
	for (const [name, bytes] of Object.entries(files)) {
		if (how == 'dies' && name == '.part')
			continue;
		ok([before[name], after[name]].includes(bytes), `${name} is neither old nor new`);
	}
	for (const name of Object.keys(before))
		ok(name in files, `${name} is gone`);
}

async function interrupt(repository, client, how)
{
	repository.addTarget('targets', 'file', 'old');
	repository.publish('targets', 'snapshot', 'timestamp');
	equal(await client.init(), 0);
	equal(await client.download('file'), 0);
	const start = fs.mkdtempSync(path.join(client.folder, 'start-'));
	const restore = (from, to) => {
		for (const name of ['metadata', 'targets']) {
			fs.rmSync(path.join(to, name), { recursive: true, force: true });
			fs.cpSync(path.join(from, name), path.join(to, name), { recursive: true });
		}
	};
	restore(client.folder, start);
	const before = [filesOf(client.metadata), filesOf(client.targets)];
	repository.addTarget('targets', 'file', 'new');
	repository.publish('root', 'targets', 'snapshot', 'timestamp');
	equal(await client.download('file', dying(client.folder, 0, how)), 0, client.said);
	const steps = stepsIn(client.folder);
	ok(steps > 25, `only ${steps} steps: the preload does not see them`);
	const after = [filesOf(client.metadata), filesOf(client.targets)];
	for (let step = 1; step <= steps; step++) {
		restore(start, client.folder);
		const status = await client.download('file', dying(client.folder, step, how));
		equal(status, how == 'dies' ? 'SIGKILL' : 1, `step ${step}: ${client.said}`);
		isSaid(client.said, how);
		isOldOrNew(filesOf(client.metadata), before[0], after[0], how);
		isOldOrNew(filesOf(client.targets), before[1], after[1], how);
		equal(await client.download('file'), 0, client.said);
		deepEqual(filesOf(client.metadata), after[0]);
		deepEqual(filesOf(client.targets), after[1]);
	}
	console.log(`# ${steps} steps`);
}

// A reader finds the old or the new repository whenever the writer dies.
async function interruptWriter(repository, client, how)
{
	const folder = path.join(client.folder, 'repository');
	const publish = `${process.env.O}/bin/klp-tuf-publish`;
	const read = async () => {
		repository.files = new Map(fs.readdirSync(folder, { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
			.map((file) => [path.relative(folder, file), fs.readFileSync(file)]));
		fs.rmSync(client.metadata, { recursive: true, force: true });
		equal(await client.init(), 0);
		equal(await client.download('notices/f'), 0, client.said);
		return client.downloaded()[0];
	};
	execFileSync(publish, [folder, 'notices/f=0']);
	let published = '0';
	for (let step = 1; ; step++) {
		const next = String(step), [env, ...words] = dying(client.folder, step, how);
		const { status, signal, stderr } = spawnSync(env, [...words, publish, folder, `notices/f=${next}`]);
		const found = await read();
		if (status === 0) {
			equal(found, next);
			ok(step > 20, `only ${step} steps: the preload does not see them`);
			console.log(`# ${step - 1} steps`);
			return;
		}
		equal(how == 'dies' ? signal : status, how == 'dies' ? 'SIGKILL' : 1);
		isSaid(String(stderr), how);
		ok([published, next].includes(found), `found ${found} at step ${step}`);
		published = found;
	}
}

const tests = {};
for (const how of Object.keys(ways)) {
	tests[`a client that ${how} at any step`] = (repository, client) => interrupt(repository, client, how);
	tests[`a writer that ${how} at any step`] = (repository, client) => interruptWriter(repository, client, how);
}

await runTests(tests);
