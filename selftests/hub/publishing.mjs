// SPDX-License-Identifier: LGPL-2.1-or-later
// From the ceremony to a promoted version, with klp-hub and klp-admin, read by tuf-js and klp-tuf.
//
//	O=build node selftests/hub/publishing.mjs [NAME]
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { runTests } from './hub.mjs';
import { Reader, Site, buildId, release } from './site.mjs';

const kernel = { release, build_id: buildId };

function parsed(bytes)
{
	return bytes && JSON.parse(bytes);
}

async function machine(site, secret, runs = kernel)
{
	return site.ask('POST', '/v1/attach', { bearer: secret, document: {
		schema: 'klp.attach/1', machine: crypto.randomBytes(16).toString('hex'),
		secret: crypto.randomBytes(32).toString('base64url'), ephemeral: false, kernel: runs, host: 'db1',
	} });
}

// Sends with the person's secret; the answer's status. Nothing in the repository changes.
async function refused(site, status, url, options)
{
	const before = site.repository();
	const answer = await site.ask('POST', url, options);
	equal(answer.status, status, String(answer.body));
	deepEqual(site.repository(), before);
	return answer.body.length ? JSON.parse(answer.body).message : '';
}

const tests = {
	async 'a version is published and promoted, and ordinary clients read it'(site) {
		site.said(0, site.admin('sign', 'first'));
		const reader = new Reader(site, await site.pass());
		const offers = `tiers/edge/${release}/${buildId}.json`;
		equal(await reader.read(offers), undefined);
		site.said(0, site.publish('klp_fix', ['f'], '--cve', 'CVE-2026-4444'));
		const target = `patches/${release}/${buildId}/klp_fix.ko`;
		ok((await reader.read(target)).equals(fs.readFileSync(path.join(site.top, 'klp_fix.ko'))));
		const support = parsed(await reader.read(`kernels/${release}/${buildId}.json`));
		deepEqual(support.approved.map(({ version, cves }) => [version, cves]), [[1, ['CVE-2026-4444']]]);
		site.said(0, site.admin('patch', 'promote', '1', 'edge', '--share', '10'));
		const [offer] = parsed(await reader.read(offers)).offers;
		deepEqual([offer.version, offer.path, offer.share], [1, target, 1000]);
		equal(offer.sha256, support.approved[0].sha256);
		site.said(0, site.admin('patch', 'promote', '1', 'edge'));
		site.said(0, site.admin('patch', 'promote-all', 'edge', 'stable'));
		equal(parsed(await reader.read(`tiers/stable/${release}/${buildId}.json`)).offers[0].share, 10000);
		site.said(0, site.publish('klp_fix_2', ['f', 'g']));
		site.said(0, site.admin('patch', 'promote', '2', 'edge'));
		deepEqual(parsed(await reader.read(offers)).offers.map(({ version }) => version), [2]);
		match(site.said(0, site.admin('patch', 'list')), /version 1, 1 function, in stable\n.*version 2, 2 functions, in edge/);
		site.said(0, site.admin('patch', 'block', '2'));
		deepEqual(parsed(await reader.read(offers)).offers, []);
	},

	async 'a module that may not be published is refused, and nothing is written'(site) {
		site.said(0, site.admin('sign', 'first'));
		site.said(0, site.publish('klp_fix', ['f', 'g']));
		const before = site.repository();
		const says = (name, functions, words, options) => {
			const run = site.admin('patch', 'publish', site.module(name, functions, options), ...words);
			deepEqual(site.repository(), before);
			return site.said(1, run);
		};
		const any = ['--untested'];
		match(says('klp_2', ['f', 'g'], []), /no farm has tested .*; say --untested/);
		match(says('klp_2', [], any), /is no livepatch/);
		match(says('klp_2', ['f', 'g'], [...any, '--kernel', '6.1.0-56-amd64']), /is for the kernel '6.1.0-55-amd64'/);
		match(says('klp_2', ['f', 'g'], [...any, '--build-id', 'ff'.repeat(20)]), /is for the build '0f1e/);
		match(says('klp_2', ['f', 'g'], any, { build: '-' }), /does not name the build of its kernel/);
		match(says('klp_2', ['f', 'h'], any), /does not replace 'g', which version 1 does/);
		match(says('klp_2', ['f', 'g'], [...any, '--version-number', '3']), /is version 3; the next is 2/);
		match(says('klp_2', ['f', 'g'], [...any, '--version-number', '1']), /is version 1; the next is 2/);
		match(says('klp_fix', ['f', 'g', 'h'], any), /was published, and neither goes nor changes/);
		match(says('klp_fix', ['f', 'g'], any), /these bytes are version 1 already/);
		fs.writeFileSync(path.join(site.top, 'text.ko'), 'text');
		match(site.said(1, site.admin('patch', 'publish', path.join(site.top, 'text.ko'), '--untested')), /text\.ko/);
		deepEqual(site.repository(), before);
	},

	async 'of two publishers at once one has to look again'(site) {
		site.said(0, site.admin('sign', 'first'));
		const second = path.join(site.top, 'second');
		fs.cpSync(site.station, second, { recursive: true });
		site.login('berta', 'publisher', second);
		const runs = await Promise.all([[site.station, 'klp_a'], [second, 'klp_b']].map(([station, name]) =>
			site.adminLater(station, 'patch', 'publish', site.module(name, ['f']), '--untested', '--yes')));
		// Where the second looked after the first had published, it made version 2.
		const lost = runs.filter(({ status }) => status !== 0);
		for (const { stderr } of lost)
			match(stderr, /the hub refuses \(conflict\): releases\.json is version 2, and the repository has 2; look again/);
		const list = site.said(0, site.admin('patch', 'list'));
		equal(list.split('\n').length, 2 - lost.length);
		// The one that looked before is refused whenever it comes.
		const draft = path.join(site.top, 'late.json');
		const file = fs.readdirSync(path.join(site.folder, 'repository/metadata')).find((name) => name == '1.releases.json');
		fs.writeFileSync(draft, JSON.stringify({ schema: 'klp.upload/1', files: [{ role: 'releases',
			bytes: fs.readFileSync(path.join(site.folder, 'repository/metadata', file), 'utf8') }] }));
		match(site.said(1, site.admin('sign', draft)), /look again at what is there/);
	},

	async 'who is not known, or has another role, changes nothing'(site) {
		site.said(0, site.admin('sign', 'first'));
		site.said(0, site.publish('klp_fix', ['f']));
		const promotion = { schema: 'klp.promote/1', kernel, version: 1, tier: 'edge', share: 10000 };
		const viewer = site.secretOf('victor', 'viewer'), operator = site.secretOf('olga', 'operator');
		match(await refused(site, 401, '/v1/admin/promote', { document: promotion }), /does not know this secret/);
		await refused(site, 401, '/v1/admin/promote', { bearer: 'x'.repeat(43), document: promotion });
		match(await refused(site, 403, '/v1/admin/promote', { bearer: viewer, document: promotion }),
			/'victor' is viewer, and this needs the role operator/);
		await refused(site, 403, '/v1/admin/upload', { bearer: operator, document: { schema: 'klp.upload/1' } });
		await refused(site, 403, '/v1/admin/payload', { bearer: operator, body: 'bytes' });
		// Another secret takes the first one's place.
		const newer = site.secretOf('olga', 'operator');
		await refused(site, 401, '/v1/admin/promote', { bearer: operator, document: promotion });
		equal((await site.ask('GET', '/v1/admin/audit', { bearer: viewer })).status, 200);
		equal((await site.ask('POST', '/v1/admin/promote', { bearer: newer, document: promotion })).status, 200);
		equal((await site.ask('GET', '/v1/admin/nothing')).status, 401);
		equal((await site.ask('GET', '/v1/admin/nothing', { bearer: viewer })).status, 404);
		equal((await site.ask('DELETE', '/v1/admin/tiers', { bearer: viewer })).status, 405);
		// A machine's token opens nothing here, and a person's secret attaches no machine.
		await refused(site, 401, '/v1/admin/promote', { bearer: site.token().secret, document: promotion });
		equal((await machine(site, newer)).status, 401);
	},

	async 'what is too large, malformed or against a rule changes nothing'(site) {
		site.said(0, site.admin('sign', 'first'));
		site.said(0, site.publish('klp_fix', ['f']));
		const bearer = site.secretOf('anna', 'publisher');
		const incoming = path.join(site.folder, 'incoming');
		const sent = fs.readdirSync(incoming);
		const head = 'POST /v1/admin/payload HTTP/1.1\r\nHost: hub\r\n';
		match(await site.raw(`${head}Authorization: Bearer ${bearer}\r\nContent-Length: 67108865\r\n\r\n`), /^HTTP\/1\.1 413 /);
		// Who may not send it is told so before the body is there.
		match(await site.raw(`${head}Content-Length: 70000\r\n\r\n`), /^HTTP\/1\.1 413 /);
		await refused(site, 400, '/v1/admin/payload', { bearer, body: '' });
		deepEqual(fs.readdirSync(incoming), sent);
		const promotion = { schema: 'klp.promote/1', kernel, version: 1, tier: 'edge', share: 10000 };
		const refuse = (status, change) => refused(site, status, '/v1/admin/promote',
			{ bearer, body: JSON.stringify({ ...promotion, ...change }) });
		await refuse(400, { of_tomorrow: 1 });
		await refuse(400, { tier: '../../etc' });
		await refuse(400, { kernel: { release: '..', build_id: buildId } });
		await refuse(400, { share: 0 });
		match(await refuse(404, { tier: 'moon' }), /there is no tier 'moon'/);
		match(await refuse(404, { version: 2 }), /is no version that releases approve/);
		await refused(site, 400, '/v1/admin/upload', { bearer, body: '{' });
	},

	async 'metadata with wrong signatures, or that lists what may not be, is refused'(site) {
		site.said(0, site.admin('sign', 'first'));
		site.said(0, site.publish('klp_fix', ['f']));
		const bearer = site.secretOf('anna', 'publisher');
		const releases = site.releases().signed;
		const signed = (content, by) => site.signed(content, by);
		const refuse = (status, role, bytes) => refused(site, status, '/v1/admin/upload',
			{ bearer, document: { schema: 'klp.upload/1', files: [{ role, bytes }] } });
		const next = { ...releases, version: 3 };
		const stranger = crypto.generateKeyPairSync('ed25519').privateKey;
		match(await refuse(422, 'releases', signed(next, stranger)), /signed by 0 of the role's keys/);
		match(await refuse(422, 'releases', signed(next).replace('"version":3', '"version":3,"more":1')), /signed by 0/);
		match(await refuse(409, 'releases', signed({ ...next, version: 4 })), /look again/);
		match(await refuse(422, 'releases', signed({ ...next, expires: '2020-01-01T00:00:00Z' })), /expired/);
		match(await refuse(422, 'tiers', signed(next)), /nobody uploads the role 'tiers'/);
		match(await refuse(422, 'snapshot', signed(next)), /nobody uploads/);
		const bytes = Buffer.from('{}'), sha256 = crypto.createHash('sha256').update(bytes).digest('hex');
		const listing = (name) => ({ ...next, targets: { ...next.targets, [name]: { length: 2, hashes: { sha256 } } } });
		match(await refuse(422, 'releases', signed(listing('notices/ACME-1.json'))), /nobody sent the bytes/);
		await site.ask('POST', '/v1/admin/payload', { bearer, body: bytes });
		match(await refuse(400, 'releases', signed(listing('notices/ACME-1.json'))), /'schema'/);
		match(await refuse(422, 'releases', signed(listing('tiers/edge/a/b.json'))), /no path of this role/);
		match(await refuse(422, 'releases', signed(listing('farm/x'))), /no document has this path/);
		for (const name of ['notices/../x', 'patches/../../etc/passwd', '/etc/passwd', 'patches/a/b/..'])
			await refuse(422, 'releases', signed(listing(name)));
		const [patch] = Object.keys(next.targets).filter((name) => name.endsWith('.ko'));
		const { [patch]: gone, ...others } = next.targets;
		match(await refuse(422, 'releases', signed({ ...next, targets: others })), /neither goes nor changes/);
		const changed = { ...gone, custom: { ...gone.custom, replaces: ['g'] } };
		match(await refuse(422, 'releases', signed({ ...next, targets: { ...next.targets, [patch]: changed } })), /neither goes nor changes/);
		equal((await site.upload(bearer, 'releases', signed(next))).status, 200);
	},

	async 'tokens, machines, kernels, notices and recalls'(site) {
		site.said(0, site.admin('sign', 'first'));
		site.said(0, site.publish('klp_1', ['f', 'g'], '--cve', 'CVE-2026-4444', '--cve', 'CVE-2026-5555'));
		site.said(0, site.admin('patch', 'promote', '1', 'stable'));
		const text = site.said(0, site.admin('token', 'create', '--id', 'lab', '--tier', 'stable'));
		const token = JSON.parse(Buffer.from(text.split('.')[1], 'base64url'));
		const root = fs.readFileSync(path.join(site.folder, 'repository/metadata/1.root.json'));
		equal(token.root_sha256, crypto.createHash('sha256').update(root).digest('hex'));
		for (let i = 0; i < 3; i++)
			equal((await machine(site, token.secret)).status, 200);
		const fourth = await machine(site, token.secret);
		equal(fourth.status, 403);
		match(JSON.parse(fourth.body).message, /^the plan 'personal' has 3 machines, and all of them are attached/);
		const lines = site.said(0, site.admin('machine', 'list')).split('\n');
		equal(lines.length, 3);
		site.said(0, site.admin('machine', 'remove', lines[0].split(' ')[0]));
		equal((await machine(site, token.secret)).status, 200);
		match(site.said(0, site.admin('token', 'list')), /lab: default, plan personal, tier stable, 3 of 3 machines, good until/);
		site.said(0, site.admin('token', 'revoke', 'lab'));
		match(site.said(1, site.admin('token', 'revoke', 'lab')), /'lab' is no token that is good/);
		equal((await machine(site, token.secret)).status, 401);
		match(site.said(1, site.admin('token', 'create', '--plan', 'community', '--machines', '60')), /sets its limit itself/);
		match(site.said(1, site.admin('token', 'create', '--tier', 'moon')), /there is no tier 'moon'/);

		const reader = new Reader(site, await site.pass());
		site.said(0, site.admin('notice', 'publish', 'ACME-0012-1', '--title', 'ext4: an oops', '--cve', 'CVE-2026-4444:high',
			'--package', 'linux-image-amd64', '--package-version', '6.1.176-1'));
		equal(parsed(await reader.read('notices/ACME-0012-1.json')).kernels[0].package_version, '6.1.176-1');
		const support = async () => parsed(await reader.read(`kernels/${release}/${buildId}.json`));
		deepEqual([(await support()).state, (await support()).notices], ['kernel-upgrade-required', ['ACME-0012-1']]);
		site.said(0, site.admin('notice', 'publish', 'ACME-0012-1', '--fixed-by', '1'));
		deepEqual([(await support()).state, (await support()).notices], ['supported', undefined]);
		match(site.said(1, site.admin('notice', 'publish', 'ACME-0012-1', '--fixed-by', '2')),
			/the kernel 6\.1\.0-55-amd64 0f1e[0-9a-f]* has no version 2; versions count per kernel/);
		site.said(0, site.admin('kernel', 'set-support', '--kernel', release, '--state', 'kernel-upgrade-required',
			'--since', '2026-11-01', '--fixed-in', '6.1.176-1', '--minimum', '1'));
		equal((await support()).state, 'kernel-upgrade-required');
		// Neither a notice nor its end changes what a person set.
		for (const state of ['end-of-life', 'kernel-upgrade-required']) {
			const shown = site.said(0, site.admin('kernel', 'set-support', '--kernel', release, '--state', state));
			match(shown, new RegExp(`^kernels/${release}/${buildId}\\.json:\\n(.*\\n)*.*/state: "${state}"`, 'm'));
			const byHand = await support();
			for (const words of [['--package', 'linux-image-amd64', '--package-version', '6.1.999-1'], ['--fixed-by', '1']]) {
				const run = site.admin('notice', 'publish', 'ACME-0012-1', ...words);
				match(run.stderr, new RegExp(`stays ${state}, as 'klp-admin kernel set-support' said`));
				site.said(0, run);
				deepEqual(await support(), byHand);
			}
		}
		match(site.said(1, site.admin('kernel', 'set-support', '--minimum', '0')), /never falls/);
		// One that a machine runs needs no build id.
		const other = { ...kernel, release: '6.1.0-54-amd64' };
		const spare = site.said(0, site.admin('token', 'create')), { secret } = JSON.parse(Buffer.from(spare.split('.')[1], 'base64url'));
		equal((await machine(site, secret, other)).status, 200);
		match(site.said(0, site.admin('kernel', 'list')), /^6\.1\.0-54-amd64 0f1e[0-9a-f]*: not covered, 1 machine$/m);
		site.said(0, site.admin('kernel', 'set-support', '--kernel', other.release, '--covered-until', '2027-06-30'));
		match(site.said(0, site.admin('kernel', 'list')), /^6\.1\.0-54-amd64 0f1e[0-9a-f]*: supported/m);
		const newKernel = ['kernel', 'set-support', '--kernel', '6.1.0-56-amd64', '--build-id', 'aa'.repeat(20)];
		match(site.said(1, site.admin(...newKernel)), /'6\.1\.0-56-amd64' is new here; say with --covered-until/);
		site.said(0, site.admin(...newKernel, '--covered-until', '2027-06-30'));
		match(site.said(0, site.admin('kernel', 'list')), /6\.1\.0-56-amd64 a{40}: supported, covered until 2027-06-30, minimum version 0/);

		// Who has only logged in trusts no root yet.
		const bare = path.join(site.top, 'bare');
		site.login('berta', 'operator', bare);
		match(site.said(1, site.adminAt(bare, 'patch', 'list')), /there is no '.*root\.json'; begin with 'klp-admin init', or copy metadata\//);
		match(site.said(0, site.adminAt(bare, 'tier', 'list')), /edge/);

		// Without a terminal nobody says yes.
		const unasked = await site.adminLater(site.station, 'sign');
		equal(unasked.status, 1);
		match(unasked.stderr, /no terminal is there to answer 'sign this\? \[y\/N\] '; use --yes/);

		// What a recall puts in a version's place need not be cumulative.
		match(site.said(1, site.publish('klp_2', ['f'])), /does not replace 'g'/);
		site.said(0, site.admin('recall', '1', '--action', 'replace-by', '--module', path.join(site.top, 'klp_2.ko'),
			'--reason', 'madvise() blocks', '--cve', 'CVE-2026-4444'));
		deepEqual(parsed(await reader.read(`kernels/${release}/${buildId}.json`)).approved.map(({ cves }) => cves),
			[['CVE-2026-4444', 'CVE-2026-5555'], ['CVE-2026-4444']]);
		deepEqual(parsed(await reader.read(`recalls/${release}/${buildId}.json`)).recalls,
			[{ version: 1, action: 'replace-by', replacement: 2, reason: 'madvise() blocks' }]);
		match(site.said(1, site.admin('notice', 'publish', 'ACME-0012-1', '--fixed-by', '1', '--kernel', release)), /version 1 for 6\.1\.0-55-amd64 is recalled/);
		match(site.said(1, site.admin('patch', 'promote', '1', 'edge')), /is recalled \(madvise\(\) blocks\)/);
		site.said(0, site.admin('patch', 'promote', '2', 'stable'));
		deepEqual(site.said(0, site.admin('tier', 'list')).split('\n'), ['edge', 'beta', 'candidate', 'stable']);
		match(site.said(1, site.admin('tier', 'set', 'edge')), /the tier 'stable' offers versions/);
		site.said(0, site.admin('tier', 'set', 'canary', 'stable'));
		site.said(0, site.admin('token', 'create', '--id', 'birds', '--tier', 'canary'));
		match(site.said(1, site.admin('tier', 'set', 'stable')), /the tier 'canary' is that of a token that is good, or of attached machines/);
		deepEqual(site.said(0, site.admin('tier', 'list')).split('\n'), ['canary', 'stable']);
		site.said(0, site.admin('token', 'revoke', 'birds'));
		site.said(0, site.admin('tier', 'set', 'stable'));
		const audit = site.said(0, site.admin('audit'));
		for (const words of ['token create: lab', 'token revoke: lab', 'machine remove', 'upload: recalls, releases', 'tier set'])
			ok(audit.includes(words), `${words} in ${audit}`);
	},

	async 'a hub restored from yesterday\'s backup goes on above what it signed'(site) {
		site.said(0, site.admin('sign', 'first'));
		site.said(0, site.publish('klp_1', ['f']));
		const reader = new Reader(site, await site.pass());
		const archive = path.join(site.top, 'backup-12:30.tar');
		site.program('klp-hub', 'backup', site.folder, archive);
		equal(fs.statSync(archive).mode & 0o77, 0);
		for (const tier of ['edge', 'beta', 'candidate'])
			site.said(0, site.admin('patch', 'promote', '1', tier));
		ok(await reader.read(`tiers/beta/${release}/${buildId}.json`));
		const mirror = path.join(site.top, 'mirror');
		fs.cpSync(path.join(site.folder, 'repository'), mirror, { recursive: true });
		const restored = async (...words) => {
			await site.stop();
			fs.rmSync(site.folder, { recursive: true });
			const run = spawnSync(`${process.env.O}/bin/klp-hub`, ['restore', archive, site.folder, ...words], { encoding: 'utf8' });
			site.said(0, run);
			await site.serve();
			return run.stderr;
		};
		match(await restored(), /tiers, tokens and logins are those of the backup; later changes of them are undone/);
		equal(await reader.read(`tiers/beta/${release}/${buildId}.json`), undefined);
		site.said(0, site.admin('patch', 'promote', '1', 'edge'));
		ok(await reader.read(`tiers/edge/${release}/${buildId}.json`));
		// What a publisher signed after the backup comes from a mirror, and so does a new root.
		site.said(0, site.publish('klp_2', ['f', 'g']));
		const [, keyid] = site.said(0, site.admin('keys', 'status')).match(/^root: .*\n  ([0-9a-f]{64})/m);
		site.said(0, site.admin('keys', 'rotate', 'root', keyid, '--holder', 'holder-1'));
		fs.rmSync(mirror, { recursive: true });
		fs.cpSync(path.join(site.folder, 'repository'), mirror, { recursive: true });
		ok(await reader.read(`patches/${release}/${buildId}/klp_2.ko`));
		// What nobody signed, and links, stay where they are.
		const evil = path.join(site.top, 'evil'), refuse = (change) => {
			fs.rmSync(evil, { recursive: true, force: true });
			fs.cpSync(mirror, evil, { recursive: true });
			change(path.join(evil, 'metadata'));
			const to = path.join(site.top, 'restored');
			const run = spawnSync(`${process.env.O}/bin/klp-hub`, ['restore', archive, to, '--mirror', evil], { encoding: 'utf8' });
			equal(fs.existsSync(to), false);
			return site.said(1, run);
		};
		match(refuse((metadata) => {
			const file = path.join(metadata, 'timestamp.json'), timestamp = JSON.parse(fs.readFileSync(file));
			timestamp.signed.version = 2 ** 60;
			fs.writeFileSync(file, JSON.stringify(timestamp));
		}), /the mirror '.*evil': .*timestamp\.json: signed by 0 of/);
		match(refuse((metadata) => {
			fs.renameSync(path.join(metadata, 'timestamp.json'), path.join(site.top, 'elsewhere.json'));
			fs.symlinkSync(path.join(site.top, 'elsewhere.json'), path.join(metadata, 'timestamp.json'));
		}), /the mirror '.*evil': .*timestamp\.json/);
		fs.writeFileSync(path.join(mirror, 'metadata/9.root.json'), '{}');
		fs.symlinkSync('/etc/passwd', path.join(mirror, 'targets/passwd'));
		await restored('--mirror', mirror);
		for (const name of ['metadata/9.root.json', 'targets/passwd'])
			equal(fs.existsSync(path.join(site.folder, 'repository', name)), false, name);
		ok(await reader.read(`patches/${release}/${buildId}/klp_2.ko`));
		site.said(0, site.publish('klp_3', ['f', 'g', 'h']));
	},

	async 'two of three holders and two of two publishers have to sign'() {
		const passphrase = path.join(fs.mkdtempSync('/tmp/klp-passphrase-'), 'file');
		fs.writeFileSync(passphrase, 'correct horse\n');
		const site = await Site.start('--publishers', '2', '--publisher-threshold', '2', '--passphrase-file', passphrase);
		try {
			const words = ['--passphrase-file', passphrase];
			match(fs.readFileSync(path.join(site.station, 'keys/holder-1/root.pem'), 'utf8'), /^-----BEGIN ENCRYPTED/);
			// Nobody's keys are in the clear because nobody asked.
			const asked = site.adminAt(path.join(site.top, 'asked'), 'init', '--hub', path.join(site.folder, 'hub.json'));
			match(site.said(1, asked), /no terminal is there to answer 'passphrase of the new keys: '; use --passphrase-file or --no-passphrase/);
			equal(fs.existsSync(path.join(site.top, 'asked')), false);
			site.said(0, site.admin('sign', 'first', ...words));
			const second = path.join(site.top, 'second');
			fs.cpSync(site.station, second, { recursive: true });
			site.login('berta', 'publisher', second);
			fs.rmSync(path.join(site.station, 'keys/publisher-2'), { recursive: true });
			fs.rmSync(path.join(second, 'keys/publisher-1'), { recursive: true });
			const before = site.repository();
			match(site.said(0, site.publish('klp_1', ['f'], ...words)), /signed by 1 of the role's keys; 2 must sign\ndraft: /);
			deepEqual(site.repository(), before);
			const draft = path.join(site.station, `drafts/patch-1-${release}.json`);
			const wrong = path.join(site.top, 'wrong');
			fs.writeFileSync(wrong, 'another\n');
			match(site.said(1, site.adminAt(second, 'sign', draft, '--passphrase-file', wrong)), /the passphrase is another/);
			match(site.said(0, site.adminAt(second, 'sign', draft, ...words)), /\+ patches\/.*\npublished/s);
			match(site.said(0, site.admin('patch', 'list')), /version 1/);
			const keys = site.said(0, site.admin('keys', 'status', ...words));
			match(keys, /root: 2 of 3 keys/);
			match(keys, /releases: 2 of 2 keys/);
			// A new key beside encrypted ones is no plain one, whoever forgets the words.
			const [, keyid] = keys.match(/^recalls: .*\n  ([0-9a-f]{64})/m);
			const unasked = site.admin('keys', 'rotate', 'recalls', keyid, '--holder', 'publisher-1');
			match(site.said(1, unasked), /no terminal is there to answer 'passphrase of the keys: '/);
			equal(fs.readdirSync(path.join(site.station, 'keys/publisher-1')).length, 2);
			// Nor is one where no other key is.
			fs.rmSync(path.join(second, 'keys'), { recursive: true });
			const first = site.adminAt(second, 'keys', 'rotate', 'recalls', keyid, '--holder', 'publisher-1');
			match(site.said(1, first), /no terminal is there to answer 'passphrase of the new keys: '; use --passphrase-file or --no-passphrase/);
			equal(fs.existsSync(path.join(second, 'keys')), false);
		} finally {
			await site.end();
			fs.rmSync(path.dirname(passphrase), { recursive: true });
		}
	},

	async 'keys are replaced, and clients follow'(site) {
		site.said(0, site.admin('sign', 'first'));
		site.said(0, site.publish('klp_1', ['f']));
		const reader = new Reader(site, await site.pass());
		const patch = `patches/${release}/${buildId}/klp_1.ko`;
		ok(await reader.read(patch));
		const keyOf = (role) => site.said(0, site.admin('keys', 'status')).match(new RegExp(`^${role}: .*\\n  ([0-9a-f]{64})`, 'm'))[1];
		for (const [role, holder] of [['releases', 'publisher-1'], ['targets', 'holder-1'], ['root', 'holder-1'], ['recalls', 'publisher-1']]) {
			const old = keyOf(role);
			match(site.said(1, site.admin('keys', 'rotate', role, 'ff'.repeat(32), '--holder', holder)), /does not have the key 'ffff/);
			site.said(0, site.admin('keys', 'rotate', role, old, '--holder', holder));
			equal(site.said(0, site.admin('keys', 'status')).split(/^(?=\w)/m).find((part) => part.startsWith(role)).includes(old), false);
			ok(await reader.read(patch), role);
		}
		for (const name of fs.readdirSync(path.join(site.station, 'keys/holder-1')))
			equal(fs.statSync(path.join(site.station, 'keys/holder-1', name)).mode & 0o77, 0, name);
		// One that was refused made none.
		equal(fs.readdirSync(path.join(site.station, 'keys/publisher-1')).length, 4);
		site.said(0, site.publish('klp_2', ['f', 'g']));
		ok(await reader.read(`patches/${release}/${buildId}/klp_2.ko`));
	},

	// A reader that saw the highest versions takes them for what they are once their keys are gone.
	async 'the hub\'s own keys are replaced, and clients follow'(site) {
		site.said(0, site.admin('sign', 'first'));
		site.said(0, site.publish('klp_1', ['f']));
		site.said(0, site.admin('patch', 'promote', '1', 'edge'));
		const reader = new Reader(site, await site.pass());
		const offers = `tiers/edge/${release}/${buildId}.json`;
		ok(await reader.read(offers));
		const facts = () => fs.readFileSync(path.join(site.folder, 'hub.json'), 'utf8');
		const rotate = (...words) => site.admin('keys', 'rotate', ...words);
		const old = facts(), keys = fs.readdirSync(path.join(site.folder, 'keys'));
		const ofNow = path.join(site.top, 'now.json');
		fs.writeFileSync(ofNow, old);
		match(site.said(1, rotate('--online', ofNow)), /the role 'snapshot' has this key already; is this the hub\.json that 'klp-hub keys renew' wrote\?/);
		// The hub could not read what another user makes.
		fs.chownSync(site.folder, 65534, 65534);
		const stranger = spawnSync(`${process.env.O}/bin/klp-hub`, ['keys', 'renew', site.folder], { encoding: 'utf8' });
		match(site.said(1, stranger), /belongs to the user 65534, and this is 0; run this as the user who serves/);
		equal(fs.readdirSync(path.join(site.folder, 'keys')).length, keys.length);
		fs.chownSync(site.folder, 0, 0);
		const renewal = site.program('klp-hub', 'keys', 'renew', site.folder);
		match(renewal, /next, where the offline keys are: klp-admin keys rotate/);
		ok(facts() != old);
		equal(fs.readdirSync(path.join(site.folder, 'keys')).length, 2 * keys.length);
		for (const name of fs.readdirSync(path.join(site.folder, 'keys')))
			equal(fs.statSync(path.join(site.folder, 'keys', name)).mode & 0o77, 0, name);
		// Nothing has changed for readers yet.
		site.said(0, site.admin('patch', 'promote', '1', 'beta'));
		ok(await reader.read(offers));
		const strange = path.join(site.top, 'strange.json');
		fs.writeFileSync(strange, facts().replace(site.listen, '127.0.0.1:1'));
		match(site.said(1, rotate('--online', strange)), /is of the hub 'https:\/\/127\.0\.0\.1:1'/);
		match(site.said(2, rotate()), /expected ROLE KEYID --holder NAME, or --online FILE/);
		const before = site.admin('keys', 'status').stdout;
		match(site.said(0, rotate('--online', path.join(site.folder, 'hub.json'))), /~ role timestamp: 1 of 1 keys/);
		const after = site.admin('keys', 'status').stdout;
		for (const role of ['snapshot', 'timestamp', 'tiers']) {
			const keyid = (text) => text.match(new RegExp(`^${role}: .*\\n  ([0-9a-f]{64})`, 'm'))[1];
			ok(keyid(before) != keyid(after), role);
			ok(renewal.includes(`\n${role} ${keyid(after)}\n`), renewal);
		}
		ok(await reader.read(offers));
		// The former keys may go, and the hub signs on.
		await site.stop();
		for (const name of keys)
			fs.rmSync(path.join(site.folder, 'keys', name));
		await site.serve();
		site.said(0, site.admin('patch', 'promote', '1', 'candidate'));
		ok(await reader.read(`tiers/candidate/${release}/${buildId}.json`));
		// Keys that no folder of the hub has are refused.
		fs.writeFileSync(path.join(site.top, 'old.json'), old);
		match(site.said(1, rotate('--online', path.join(site.top, 'old.json'))), /take the keys from the hub's hub\.json/);
	},
};

// The hub dies at each step that changes a file, from its start to the end of one change. The next
// hub serves a repository that is whole, signed, and old or new; then it makes the change. A write of a
// file has seven steps: in this stride, each of them comes in turn.
async function dieAtEach(site, change, check)
{
	site.said(0, site.admin('sign', 'first'));
	site.said(0, site.publish('klp_1', ['f']));
	const bearer = site.secretOf('anna', 'publisher');
	const reader = new Reader(site, await site.pass());
	const preload = path.resolve(process.env.O, 'selftests/tuf/die-at.so');
	const stride = Number(process.env.STRIDE ?? 5);
	let deaths = 0;
	await site.stop();
	for (let step = 1; ; step += stride, deaths++) {
		const ask = change(site, bearer, step);
		const isServing = await site.serveIn({ LD_PRELOAD: preload, DIE_AT: String(step) }).then(() => true, () => false);
		const answer = isServing ? await ask().catch(() => undefined) : undefined;
		const lives = answer && await site.ask('GET', '/healthz').then(() => true, () => false);
		if (lives) {
			equal(answer.status, 200);
			await site.stop();
			break;
		}
		await site.serve();
		ok(await reader.read(`patches/${release}/${buildId}/klp_1.ko`), `step ${step}`);
		await check(site, bearer, step, reader);
		await site.stop();
	}
	await site.serve();
	console.log(`# ${deaths} deaths`);
	ok(deaths > 7, `only ${deaths} deaths: the preload does not see the steps`);
}

tests['a hub that dies at any step of a promotion'] = (site) => {
	const tierOf = (step) => ['edge', 'beta'][step % 2];
	const promote = (hub, bearer, tier, share) => hub.ask('POST', '/v1/admin/promote',
		{ bearer, document: { schema: 'klp.promote/1', kernel, version: 1, tier, share } });
	return dieAtEach(site, (hub, bearer, step) => () => promote(hub, bearer, tierOf(step), step), async (hub, bearer, step, reader) => {
		equal((await promote(hub, bearer, tierOf(step), step)).status, 200);
		const offers = parsed(await reader.read(`tiers/${tierOf(step)}/${release}/${buildId}.json`)).offers;
		deepEqual(offers.map(({ share }) => share), [step]);
	});
};

tests['a hub that dies at any step of an upload'] = (site) => {
	const next = (hub, more) => {
		const { signed } = hub.releases();
		return hub.signed({ ...signed, version: signed.version + more });
	};
	return dieAtEach(site, (hub, bearer) => {
		const bytes = next(hub, 1);
		return () => hub.upload(bearer, 'releases', bytes);
	}, async (hub, bearer, step, reader) => {
		// Whoever had no answer looks again, and signs the next version.
		equal((await hub.upload(bearer, 'releases', next(hub, 2))).status, 409);
		equal((await hub.upload(bearer, 'releases', next(hub, 1))).status, 200);
		ok(await reader.read(`kernels/${release}/${buildId}.json`), `step ${step}`);
	});
};

tests['metadata is signed anew before and after it has expired'] = async (site) => {
	site.said(0, site.admin('sign', 'first'));
	site.said(0, site.admin('sign'));
	equal(site.releases().signed.version, 2);
	const after = (days, ...words) => spawnSync('faketime', [`+${days} days`, `${process.env.O}/bin/klp-admin`, ...words, '--yes'],
		{ encoding: 'utf8', env: { ...process.env, KLP_ADMIN_FOLDER: site.station } });
	const late = after(60, 'sign');
	match(site.said(0, late), /published/);
	match(late.stderr, /expired/);
	equal(site.releases().signed.version, 3);
	ok(Date.parse(site.releases().signed.expires) > Date.now() + 200 * 24 * 3600 * 1000);
	// The holders' roles, in the last quarter of their years.
	const soon = (days) => site.said(0, after(days, 'keys', 'status')).match(/^\w+(?=:.*: soon; sign it anew with 'klp-admin sign'$)/gm);
	deepEqual(soon(100), ['recalls']);
	deepEqual(soon(300), ['targets', 'releases', 'recalls']);
	match(site.said(0, after(300, 'sign')), /targets\.json: version 1 → 2/);
	deepEqual(soon(300), null);
	fs.renameSync(path.join(site.station, 'keys/holder-1'), path.join(site.top, 'holder-1'));
	fs.renameSync(path.join(site.station, 'keys/holder-2'), path.join(site.top, 'holder-2'));
	fs.renameSync(path.join(site.station, 'keys/holder-3'), path.join(site.top, 'holder-3'));
	const alone = after(600, 'sign');
	match(site.said(0, alone), /published/);
	match(alone.stderr, /root\.json expires at .*; a holder of its keys signs it anew with 'klp-admin sign'/);
	const rootOf = (version) => fs.existsSync(path.join(site.folder, `repository/metadata/${version}.root.json`));
	equal(rootOf(2), false);
	// Holders alone.
	fs.renameSync(path.join(site.station, 'keys/publisher-1'), path.join(site.top, 'publisher-1'));
	match(site.said(1, after(600, 'sign')), /no key in '.*' is of root, targets, releases or recalls/);
	for (const holder of ['holder-1', 'holder-2'])
		fs.renameSync(path.join(site.top, holder), path.join(site.station, 'keys', holder));
	const holders = after(600, 'sign');
	match(site.said(0, holders), /root\.json: version 1 → 2/);
	match(holders.stderr, /releases\.json is not signed anew: no key in keys\/ is of this role/);
	equal(rootOf(2), true);
};

const minutes = 60_000; // ms
await runTests(tests, () => Site.start(), 'hub', {
	'a hub that dies at any step of a promotion': 3 * minutes,
	'a hub that dies at any step of an upload': 3 * minutes,
});
