// SPDX-License-Identifier: LGPL-2.1-or-later
// klp-tuf as its command line is seen from outside: what the public conformance suite for clients of
// TUF examines, by a repository of our own.
//
//	O=build node selftests/tuf/conformance.mjs [NAME]
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as https from 'node:https';
import * as path from 'node:path';
import { inDays, Key, runTests, sha256 } from './repository.mjs';

const top = ['root', 'targets', 'snapshot', 'timestamp'];

const tests = {
	async 'a refresh asks for four files and stores them as they came'(repository, client) {
		equal(await client.init(), 0);
		deepEqual(repository.requests, []);
		const bytes = Buffer.concat([repository.files.get('metadata/timestamp.json'), Buffer.from(' ')]);
		repository.files.set('metadata/timestamp.json', bytes);
		equal(await client.refresh(), 0);
		deepEqual(repository.requests, ['metadata/2.root.json', 'metadata/timestamp.json',
			'metadata/1.snapshot.json', 'metadata/1.targets.json']);
		deepEqual(client.trusted(), { root: 1, snapshot: 1, targets: 1, timestamp: 1 });
		deepEqual(fs.readFileSync(path.join(client.metadata, 'timestamp.json')), bytes);
		equal(await client.refresh(), 0);
		deepEqual(repository.requests, ['metadata/2.root.json', 'metadata/timestamp.json']);
	},

	async 'options stand before or behind the command'(repository, client) {
		equal(await client.init(), 0);
		equal(await client.run(['refresh', '--metadata-dir', client.metadata, '--metadata-url',
			client.base + 'metadata']), 0);
		equal(await client.run(['refresh', '--metadata-dir', client.metadata]), 1);
		equal(await client.run(['refresh', '--no-such-option']), 1);
		equal(await client.run([]), 1);
		equal(await client.run(['download', '--metadata-dir', client.metadata, '--metadata-url',
			client.base + 'metadata', '--target-dir', client.targets, '--target-base-url', client.base]), 1);
	},

	async 'a download refreshes first'(repository, client) {
		equal(await client.init(), 0);
		equal(await client.download('no such target'), 1);
		deepEqual(client.trusted(), { root: 1, snapshot: 1, targets: 1, timestamp: 1 });
	},

	async 'a first root without version or signature leads to no request'(repository, client) {
		for (const edit of [(root) => { delete root.signed.version; },
			(root) => { root.signatures[0].sig = root.signatures[0].sig.replace(/.$/, '0').replace(/^../, '31'); },
			(root) => { root.signatures = []; }]) {
			const root = JSON.parse(repository.files.get('metadata/1.root.json'));
			edit(root);
			await client.init(JSON.stringify(root));
			equal(await client.refresh(), 1);
			deepEqual(repository.requests, []);
		}
	},

	async 'each role that is not signed stops the workflow there'(repository, client) {
		const expected = [['root', { root: 1 }], ['timestamp', { root: 2 }],
			['snapshot', { root: 2, timestamp: 2 }], ['targets', { root: 2, snapshot: 2, timestamp: 2 }]];
		repository.publish(...top);
		for (const [role, trusted] of expected) {
			fs.rmSync(client.metadata, { recursive: true });
			equal(await client.init(), 0);
			repository.store(role, (document) => { document.signatures = []; });
			equal(await client.refresh(), 1);
			deepEqual(client.trusted(), trusted);
			repository.store(role);
		}
	},

	async 'each role of another version than its name stops the workflow there'(repository, client) {
		const expected = [['root', { root: 1 }], ['snapshot', { root: 2, timestamp: 2 }],
			['targets', { root: 2, snapshot: 2, timestamp: 2 }]];
		repository.publish(...top);
		for (const [role, trusted] of expected) {
			fs.rmSync(client.metadata, { recursive: true });
			equal(await client.init(), 0);
			const right = repository.files.get(repository.pathOf(role));
			repository.contents[role].version = 3;
			repository.files.set(repository.pathOf(role, 2), Buffer.from(JSON.stringify(repository.signed(role))));
			equal(await client.refresh(), 1);
			deepEqual(client.trusted(), trusted);
			repository.contents[role].version = 2;
			repository.files.set(repository.pathOf(role, 2), right);
		}
	},

	async 'a file of another type is refused, though it is signed'(repository, client) {
		const key = repository.signers.timestamp[0];
		repository.signers.snapshot.push(key);
		repository.contents.snapshot.meta = { 'snapshot.json': { version: 1 } };
		repository.publish('root', 'snapshot');
		equal(await client.init(), 0);
		repository.files.set('metadata/timestamp.json', repository.files.get('metadata/2.snapshot.json'));
		equal(await client.refresh(), 1);
		deepEqual(client.trusted(), { root: 2 });
	},

	async 'a changed timestamp of the same version is not taken'(repository, client) {
		equal(await client.init(), 0);
		equal(await client.refresh(), 0);
		const before = fs.readFileSync(path.join(client.metadata, 'timestamp.json'));
		repository.contents.timestamp.meta['snapshot.json'] = { version: 100 };
		repository.store('timestamp');
		equal(await client.refresh(), 0);
		deepEqual(repository.requests.at(-1), 'metadata/timestamp.json');
		deepEqual(fs.readFileSync(path.join(client.metadata, 'timestamp.json')), before);
	},

	async 'rollbacks of timestamp, snapshot and targets are refused'(repository, client) {
		for (const withHashes of [false, true]) {
			Object.assign(repository, { withHashes });
			fs.rmSync(client.metadata, { recursive: true });
			repository.publish(...top);
			equal(await client.init(), 0);
			equal(await client.refresh(), 0);
			const versions = client.trusted();
			repository.contents.timestamp.version -= 1;
			repository.store('timestamp');
			equal(await client.refresh(), 1);
			ok(client.said.includes('refused (rollback): timestamp.json'));
			repository.contents.timestamp.version += 1;
			repository.contents.snapshot.version -= 1;
			repository.store('snapshot');
			repository.publish('timestamp');
			equal(await client.refresh(), 1);
			ok(client.said.includes('refused (rollback): timestamp.json'));
			deepEqual(client.trusted(), versions);
			repository.contents.snapshot.version += 1;
			repository.contents.targets.version -= 1;
			repository.store('targets');
			repository.publish('snapshot', 'timestamp');
			equal(await client.refresh(), 1);
			ok(client.said.includes('refused (rollback): snapshot.json'));
			equal(client.trusted().snapshot, versions.snapshot);
			repository.contents.targets.version += 1;
			repository.store('targets');
		}
	},

	async 'a repository recovers from a fast-forward by new keys'(repository, client) {
		for (const role of ['targets', 'snapshot', 'timestamp'])
			repository.contents[role].version = 99998;
		repository.publish('targets', 'snapshot', 'timestamp');
		equal(await client.init(), 0);
		equal(await client.refresh(), 0);
		deepEqual(client.trusted(), { root: 1, snapshot: 99999, targets: 99999, timestamp: 99999 });
		for (const role of ['snapshot', 'timestamp'])
			repository.setKeys(role, [new Key()], 1);
		for (const role of ['targets', 'snapshot', 'timestamp'])
			repository.contents[role].version = 0;
		repository.publish(...top);
		equal(await client.refresh(), 0);
		deepEqual(client.trusted(), { root: 2, snapshot: 1, targets: 1, timestamp: 1 });
	},

	async 'what has expired is not stored, but for roots'(repository, client) {
		equal(await client.init(), 0);
		equal(await client.refresh(), 0);
		const expected = [['targets', { root: 1, snapshot: 2, targets: 1, timestamp: 2 }],
			['snapshot', { root: 1, snapshot: 2, targets: 1, timestamp: 3 }],
			['timestamp', { root: 1, snapshot: 2, targets: 1, timestamp: 3 }],
			['root', { root: 2, snapshot: 2, targets: 1, timestamp: 3 }]];
		for (const [role, trusted] of expected) {
			repository.contents[role].expires = inDays(-1);
			repository.publish(...(role == 'root' ? [role] : ['targets', 'snapshot', 'timestamp']));
			equal(await client.refresh(), 1);
			ok(client.said.includes(`refused (expired): ${role}.json`), client.said);
			deepEqual(client.trusted(), trusted);
			repository.contents[role].expires = inDays(30);
		}
	},

	async 'time comes from the clock, which faketime sets'(repository, client) {
		repository.contents.timestamp.expires = inDays(7);
		repository.publish('timestamp');
		equal(await client.init(), 0);
		equal(await client.refresh(), 0);
		for (const faketime of [['faketime', '-f', '+18d'], ['faketime', inDays(18).replace('T', ' ').replace('Z', '')]])
			equal(await client.refresh(faketime), 1);
		repository.contents.timestamp.expires = inDays(21);
		repository.publish('targets', 'snapshot', 'timestamp');
		equal(await client.refresh(['faketime', '-f', '+18d']), 0);
		deepEqual(client.trusted(), { root: 1, snapshot: 2, targets: 2, timestamp: 3 });
	},

	async 'missing files fail, and keep what came before'(repository, client) {
		equal(await client.init(), 0);
		equal(await client.refresh(), 0);
		repository.contents.snapshot.meta['targets.json'].version++;
		repository.publish('snapshot', 'timestamp');
		equal(await client.refresh(), 1);
		equal(repository.requests.at(-1), 'metadata/2.targets.json');
		deepEqual(client.trusted(), { root: 1, snapshot: 2, targets: 1, timestamp: 2 });
		repository.files.delete('metadata/timestamp.json');
		equal(await client.refresh(), 1);
		equal(repository.requests.at(-1), 'metadata/timestamp.json');
	},

	async 'wrong hashes of metadata are refused'(repository, client) {
		repository.withHashes = true;
		repository.publish('targets', 'snapshot', 'timestamp');
		equal(await client.init(), 0);
		equal(await client.refresh(), 0);
		repository.publish('targets');
		repository.contents.snapshot.meta['targets.json'].hashes.sha256 = sha256('else');
		repository.publish('snapshot', 'timestamp');
		equal(await client.refresh(), 1);
		deepEqual(client.trusted(), { root: 1, snapshot: 3, targets: 2, timestamp: 3 });
	},

	async 'unknown fields are verified with the rest'(repository, client) {
		const { root } = repository.contents;
		const key = new Key('ecdsa', { keyid_hash_algorithms: ['md5'], 'extra': { a: 1, b: [2, null] } });
		repository.setKeys('snapshot', [key], 1);
		root.custom = { 'ключ': 'значение', '\u{1f600}': '\uff5e' };
		root.roles.root.another = 'value';
		repository.publish('root', 'snapshot', 'timestamp');
		equal(await client.init(), 0);
		equal(await client.refresh(), 0);
		deepEqual(client.trusted(), { root: 2, snapshot: 2, targets: 1, timestamp: 2 });
	},

	async 'keys of all three kinds sign a root'(repository, client) {
		equal(await client.init(), 0);
		for (const type of ['ed25519', 'rsa', 'ecdsa']) {
			const keys = [...repository.signers.root, new Key(type)];
			repository.setKeys('root', keys, keys.length);
			repository.publish('root');
			equal(await client.refresh(), 0, client.said);
			repository.publish('root');
			const { version } = repository.contents.root;
			repository.store('root', (root) => {
				root.signatures.at(-1).sig = new Key(type).sign('else');
			});
			equal(await client.refresh(), 1);
			equal(client.trusted().root, version - 1);
			repository.store('root');
		}
	},

	async 'thresholds count keys, not signatures or keyids'(repository, client) {
		const keys = [new Key(), new Key(), new Key()];
		repository.setKeys('snapshot', keys, 3);
		repository.publish('root', 'snapshot', 'timestamp');
		equal(await client.init(), 0);
		equal(await client.refresh(), 0);
		repository.signers.snapshot = keys.slice(1);
		repository.publish('snapshot', 'timestamp');
		equal(await client.refresh(), 1);
		repository.contents.root.roles.snapshot.keyids = keys.map(() => keys[0].keyid);
		repository.signers.snapshot = [keys[0]];
		repository.publish('root', 'snapshot', 'timestamp');
		equal(await client.refresh(), 1);
		repository.contents.root.roles.snapshot = { keyids: ['a', 'b', 'c'], threshold: 3 };
		for (const keyid of ['a', 'b', 'c'])
			repository.contents.root.keys[keyid] = keys[0].stated;
		repository.publish('root', 'timestamp');
		repository.store('snapshot', (snapshot) => {
			snapshot.signatures = ['a', 'b', 'c'].map((keyid) => ({ ...snapshot.signatures[0], keyid }));
		});
		equal(await client.refresh(), 1);
		equal(client.trusted().snapshot, 2);
	},

	async 'a threshold above the number of keys fails that role'(repository, client) {
		repository.contents.root.roles.snapshot.threshold = 6;
		repository.publish('root', 'snapshot', 'timestamp');
		equal(await client.init(), 0);
		equal(await client.refresh(), 1);
		deepEqual(client.trusted(), { root: 2, timestamp: 2 });
	},

	async 'two signatures of one keyid make a file invalid'(repository, client) {
		equal(await client.init(), 0);
		repository.store('snapshot', (snapshot) => { snapshot.signatures.push(snapshot.signatures[0]); });
		equal(await client.refresh(), 1);
		deepEqual(client.trusted(), { root: 1, timestamp: 1 });
	},

	async 'wrong and empty signatures do no harm to right ones'(repository, client) {
		repository.setKeys('timestamp', [new Key(), new Key()], 1);
		repository.publish('root');
		equal(await client.init(), 0);
		for (const signature of [new Key().sign('else'), '', 'no hexadecimal']) {
			repository.publish('timestamp');
			repository.store('timestamp', (timestamp) => { timestamp.signatures[0].sig = signature; });
			equal(await client.refresh(), 0, client.said);
		}
	},

	async 'roots are rotated step by step'(repository, client) {
		const keys = Array.from({ length: 10 }, () => new Key('ed25519'));
		const rotations = [
			[[[1], 1, [1]], [[2], 1, [2, 1]], [[2], 1, [2]], 'good'],
			[[[1], 1, [3, 1, 4]], [[2], 1, [3, 2, 1, 4]], [[2], 1, [3, 2, 4]], 'good'],
			[[[0, 1, 2, 3, 4], 3, [0, 2, 4]], [[0, 1, 3, 4, 5], 3, [0, 2, 4, 5]], [[0, 1, 3, 4, 5], 3, [0, 4, 5]], 'good'],
			[[[0, 1, 2, 3, 4], 3, [0, 2, 4]], [[5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7]], [[5, 6, 7, 8, 9], 3, [5, 6, 7]], 'good'],
			[[[1, 2, 3], 2, [1, 2]], [[1, 2, 3], 1, [1, 2]], [[1, 2, 3], 1, [1]], 'good'],
			[[[1], 1, [1]], [[2], 1, [2, 3, 4]], 'bad'],
			[[[1], 1, [1]], [[2], 1, [1, 3, 4]], 'bad'],
			[[[0, 1, 2, 3, 4], 3, [0, 2, 4]], [[0, 1, 3, 4, 5], 3, [0, 4, 5]], 'bad'],
			[[[1, 2, 3], 2, [1, 2]], [[1, 2, 3], 1, [1]], 'bad'],
		];
		for (const steps of rotations) {
			const verdict = steps.pop();
			repository.contents.root.version = 0;
			for (const name of [...repository.files.keys()].filter((name) => name.endsWith('.root.json')))
				repository.files.delete(name);
			for (const [stated, threshold, signing] of steps) {
				repository.setKeys('root', stated.map((i) => keys[i]), threshold);
				repository.signers.root = signing.map((i) => keys[i]);
				repository.publish('root');
			}
			fs.rmSync(client.metadata, { recursive: true });
			equal(await client.init(), 0);
			equal(await client.refresh(), verdict == 'good' ? 0 : 1, client.said);
			const last = steps.length - (verdict == 'good' ? 0 : 1);
			deepEqual(fs.readFileSync(path.join(client.metadata, 'root.json')),
				repository.files.get(`metadata/${last}.root.json`));
		}
	},

	async 'delegations are searched in pre-order'(repository, client) {
		repository.delegate('targets', 'A');
		repository.delegate('targets', 'B');
		repository.delegate('A', 'C');
		repository.delegate('A', 'D', ['*'], true);
		repository.delegate('A', 'E');
		repository.delegate('D', 'F');
		repository.delegate('F', 'A');
		repository.publish('A', 'B', 'C', 'D', 'E', 'F', ...top);
		equal(await client.init(), 0);
		equal(await client.download('missing'), 1);
		deepEqual(repository.requests.slice(5).map((name) => name[11]), ['A', 'C', 'D', 'F']);
	},

	async 'patterns lead to the roles that have a say'(repository, client) {
		repository.delegate('targets', 'A', ['*.doc', '*.md']);
		repository.delegate('targets', 'B', ['releases/*/*']);
		repository.delegate('B', 'C', ['releases/x/*']);
		repository.delegate('B', 'D', ['releases/y/*.zip']);
		repository.addTarget('targets', 'file', 'of targets');
		repository.addTarget('A', 'README.md', 'of A');
		repository.addTarget('C', 'releases/x/x_v1', 'of C');
		repository.addTarget('D', 'releases/y/y.zip', 'of D');
		repository.addTarget('D', 'releases/z/z.zip', 'D has no say');
		repository.publish('A', 'B', 'C', 'D', ...top);
		equal(await client.init(), 0);
		equal(await client.download(['file', 'README.md', 'releases/x/x_v1', 'releases/y/y.zip']), 0, client.said);
		deepEqual(client.downloaded(), ['of A', 'of C', 'of D', 'of targets']);
		equal(await client.download('releases/z/z.zip'), 1);
	},

	async 'any name of a role is escaped in the request and safe in the folder'(repository, client) {
		const names = ['?', '#', '/delegated', '../delegated', 'ünï', '.'];
		for (const name of names)
			repository.delegate('targets', name);
		repository.publish(...names, ...top);
		equal(await client.init(), 0);
		equal(await client.download('missing'), 1);
		for (const name of names)
			ok(repository.requests.includes(repository.pathOf(name)), name);
		equal(fs.readdirSync(client.metadata).length, 4 + names.length);
		equal(fs.readdirSync(client.folder).length, 3);
	},

	async 'a delegated role that has expired is not used'(repository, client) {
		repository.delegate('targets', 'A');
		repository.contents.A.expires = inDays(7);
		repository.addTarget('A', 'first', 'first');
		repository.addTarget('A', 'second', 'second');
		repository.publish('A', 'targets', 'snapshot', 'timestamp');
		equal(await client.init(), 0);
		equal(await client.download('first'), 0);
		equal(await client.download('second', ['faketime', '-f', '+18d']), 1);
		deepEqual(client.downloaded(), ['first']);
		repository.contents.A.expires = inDays(21);
		repository.publish('A', 'snapshot', 'timestamp');
		equal(await client.download('second', ['faketime', '-f', '+18d']), 0);
		deepEqual(client.downloaded(), ['first', 'second']);
	},

	async 'a cached role is verified against its current delegator'(repository, client) {
		repository.delegate('targets', 'A');
		repository.addTarget('A', 'file', 'bytes');
		repository.publish('A', 'targets', 'snapshot', 'timestamp');
		equal(await client.init(), 0);
		equal(await client.download('file'), 0);
		const key = new Key(), { delegations } = repository.contents.targets;
		delegations.keys = { [key.keyid]: key.stated };
		delegations.roles[0].keyids = [key.keyid];
		repository.publish('targets', 'snapshot', 'timestamp');
		equal(await client.download('file'), 1);
		ok(client.said.includes('refused (unsigned): A.json'), client.said);
		repository.signers.A = [key];
		repository.store('A');
		equal(await client.download('file'), 0);
		equal(repository.requests.at(-1), 'metadata/1.A.json');
	},

	async 'artifacts appear when they are verified, and replace older ones'(repository, client) {
		equal(await client.init(), 0);
		for (const bytes of ['one', 'two']) {
			repository.addTarget('targets', 'd/file', bytes);
			repository.publish('targets', 'snapshot', 'timestamp');
			equal(await client.download('d/file'), 0);
			deepEqual(client.downloaded(), [bytes]);
		}
		equal(await client.download(['d/file', 'd/file']), 0);
		deepEqual(repository.requests, ['metadata/2.root.json', 'metadata/timestamp.json']);
		repository.addTarget('targets', 'd/file', 'tri');
		repository.publish('targets', 'snapshot', 'timestamp');
		repository.files.set(`targets/d/${sha256('tri')}.file`, Buffer.from('bad'));
		equal(await client.download('d/file'), 1);
		deepEqual(client.downloaded(), ['two']);
		equal(repository.requests.at(-1), `targets/d/${sha256('tri')}.file`);
	},

	async 'an artifact with unknown hashes alone is refused'(repository, client) {
		repository.addTarget('targets', 'file', 'bytes');
		repository.contents.targets.targets.file.hashes = { blake3: '00' };
		repository.publish('targets', 'snapshot', 'timestamp');
		equal(await client.init(), 0);
		equal(await client.download('file'), 1);
		deepEqual(client.downloaded(), []);
	},

	async 'without consistent snapshots names have no version and no hash'(repository, client) {
		repository.contents.root.consistent_snapshot = false;
		repository.addTarget('targets', 'd/file', 'bytes');
		repository.files.set('targets/d/file', Buffer.from('bytes'));
		repository.publish(...top);
		equal(await client.init(), 0);
		equal(await client.download('d/file'), 0, client.said);
		deepEqual(repository.requests, ['metadata/2.root.json', 'metadata/3.root.json', 'metadata/timestamp.json',
			'metadata/snapshot.json', 'metadata/targets.json', 'targets/d/file']);
	},

	async 'a server whose certificate nobody vouches for is asked for nothing'(repository, client) {
		const [key, cert] = ['key', 'cert'].map((name) => path.join(client.folder, name));
		execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
			'-days', '2', '-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key,
			'-out', cert], { stdio: 'ignore' });
		const server = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) },
			(request, response) => repository.answer(request, response));
		await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
		equal(await client.init(), 0);
		client.base = `https://127.0.0.1:${server.address().port}/`;
		equal(await client.refresh(), 1);
		server.close();
		ok(client.said.includes('refused (unreachable)') && client.said.includes('certificate'), client.said);
		deepEqual(repository.requests, []);
	},

	async 'what lies in the folder is no argument: torn, foreign or hostile files'(repository, client) {
		equal(await client.init(), 0);
		equal(await client.refresh(), 0);
		for (const role of ['timestamp', 'snapshot', 'targets']) {
			const file = path.join(client.metadata, `${role}.json`), whole = fs.readFileSync(file);
			for (const bytes of [whole.subarray(0, whole.length / 2), '', '['.repeat(10000), '{"a":1,"a":1}']) {
				fs.writeFileSync(file, bytes);
				equal(await client.refresh(), 0, client.said);
				deepEqual(fs.readFileSync(file), whole);
			}
		}
		notEqual(await client.init('{}'), 0);
		equal(await client.refresh(), 0);
	},
};

await runTests(tests);
