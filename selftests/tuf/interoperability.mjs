// SPDX-License-Identifier: LGPL-2.1-or-later
// tuf-js reads a repository that RepositoryWriter made, and klp-tuf reads what tuf-js's mock makes.
// node_modules is $O/tuf's, where selftests/tuf/check puts it.
//
//	O=build node selftests/tuf/interoperability.mjs [NAME]
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { runTests } from './repository.mjs';

const require = createRequire(path.resolve(process.env.O, 'tuf/package.json'));
const { Updater } = require('tuf-js');
const mock = require('@tufjs/repo-mock');

// All files below a folder, by path.
function filesOf(folder)
{
	return new Map(fs.readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
		.map((file) => [path.relative(folder, file), fs.readFileSync(file)]));
}

function publish(folder, ...words)
{
	execFileSync(`${process.env.O}/bin/klp-tuf-publish`, [folder, ...words]);
}

// tuf-js, with the folders of a client.
function updaterOf(client)
{
	fs.writeFileSync(path.join(client.metadata, 'root.json'),
		client.repository.files.get('metadata/1.root.json'));
	return new Updater({
		metadataDir: client.metadata,
		metadataBaseUrl: client.base + 'metadata',
		targetDir: client.targets,
		targetBaseUrl: client.base + 'targets',
	});
}

async function got(client, name)
{
	const updater = updaterOf(client);
	const target = await updater.getTargetInfo(name);
	return target && fs.readFileSync(await updater.downloadTarget(target), 'utf8');
}

const tests = {
	async 'tuf-js reads what the writer publishes'(repository, client) {
		const folder = path.join(client.folder, 'repository');
		publish(folder, 'patches/6.1/0a0b/fix.ko=first', 'notices/ACME-1.json={}');
		repository.files = filesOf(folder);
		equal(await got(client, 'patches/6.1/0a0b/fix.ko'), 'first');
		equal(await got(client, 'notices/ACME-1.json'), '{}');
		equal(await got(client, 'patches/6.1/fix.ko'), undefined);
		publish(folder, 'patches/6.1/0a0b/fix.ko=second');
		repository.files = filesOf(folder);
		equal(await got(client, 'patches/6.1/0a0b/fix.ko'), 'second');
		deepEqual(client.trusted(), { releases: 2, root: 1, snapshot: 2, targets: 1, timestamp: 2 });
	},

	async 'tuf-js refuses the writer\'s files when one byte of them is changed'(repository, client) {
		const folder = path.join(client.folder, 'repository');
		publish(folder, 'notices/ACME-1.json={}');
		const files = filesOf(folder);
		for (const name of ['metadata/timestamp.json', 'metadata/1.snapshot.json', 'metadata/1.targets.json',
			'metadata/1.releases.json']) {
			const bytes = Buffer.from(String(files.get(name)).replace('2099', '2098'));
			repository.files = new Map([...files, [name, bytes]]);
			await rejects(got(client, 'notices/ACME-1.json'));
			fs.rmSync(client.metadata, { recursive: true });
			fs.mkdirSync(client.metadata);
		}
	},

	async 'klp-tuf reads what the writer publishes'(repository, client) {
		const folder = path.join(client.folder, 'repository');
		publish(folder, 'patches/6.1/0a0b/fix.ko=first');
		repository.files = filesOf(folder);
		equal(await client.init(), 0);
		equal(await client.download('patches/6.1/0a0b/fix.ko'), 0, client.said);
		deepEqual(client.downloaded(), ['first']);
	},

	async 'klp-tuf reads what the mock of tuf-js makes'(repository, client) {
		const made = mock.initializeTUFRepo([{ name: 'file.txt', content: 'bytes' }]);
		repository.files = new Map(mock.tufHandlers(made, {})
			.map((handler) => [handler.path.slice(1), handler.fn()])
			.filter(([, answer]) => answer.statusCode == 200)
			.map(([name, answer]) => [name, Buffer.from(answer.response)]));
		equal(await client.init(), 0, client.said);
		equal(await client.download('file.txt'), 0, client.said);
		deepEqual(client.downloaded(), ['bytes']);
		equal(await client.download('other.txt'), 1);
	},
};

await runTests(tests);
