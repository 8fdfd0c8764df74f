// SPDX-License-Identifier: LGPL-2.1-or-later
// klp-admin and klp-hub die, meet a full disk, or a sync that fails, at each step that changes a file
// (selftests/tuf/die-at.c). What they leave is old or new, and the next run goes on.
//
//	O=build node selftests/hub/faults.mjs [NAME]
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { runTests } from './hub.mjs';
import { Reader, Site, buildId, release } from './site.mjs';

const preload = path.resolve(process.env.O, 'selftests/tuf/die-at.so');

// A write of a file has seven steps: in strides that are no divisor of it, each comes in turn. STRIDE=1 in
// the environment tries each step of each file.
const stride = Number(process.env.STRIDE ?? 5);

// Each file of the workstation is complete; a part belongs to a write that died.
function isWhole(folder)
{
	for (const name of fs.readdirSync(folder, { recursive: true })) {
		const file = path.join(folder, name);
		if (path.basename(name) == '.part' || fs.statSync(file).isDirectory())
			continue;
		const text = fs.readFileSync(file, 'utf8');
		if (name.endsWith('.pem'))
			match(text, /^-----BEGIN .*-----END [A-Z ]+-----\n$/s, name);
		else
			ok(JSON.parse(text), name);
	}
}

// Runs klp-admin so that it dies, at each step of a stride in turn, until it lives; after each death again() runs
// it once more. words are the words of the run i.
function adminDiesAtEach(site, every, words, again)
{
	const least = 4;
	for (let i = 0; ; i++) {
		const run = site.adminWith({ LD_PRELOAD: preload, DIE_AT: String(1 + every * i) }, site.station, ...words(i));
		isWhole(site.station);
		if (run.signal === null) {
			site.said(0, run);
			ok(i > least, `only ${i} deaths: the preload does not see the steps`);
			console.log(`# ${i} deaths`);
			return;
		}
		equal(run.signal, 'SIGKILL', `${run.stdout}${run.stderr}`);
		again(i);
		isWhole(site.station);
	}
}

// Nobody knows whether a run that died had sent something.
function saidEither(run, refusal)
{
	if (run.status !== 0)
		match(run.stderr, refusal);
	return run.status === 0;
}

const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const target = (name) => `patches/${release}/${buildId}/${name}.ko`;

const tests = {
	async 'a ceremony that dies at any step'(site) {
		const folder = path.join(site.top, 'ceremony');
		const words = ['init', '--hub', path.join(site.folder, 'hub.json'), '--no-passphrase'];
		for (let step = 1; ; step += stride) {
			const { signal } = site.adminWith({ LD_PRELOAD: preload, DIE_AT: String(step) }, folder, ...words);
			const isMade = fs.existsSync(folder);
			if (isMade)
				isWhole(folder);
			const again = site.adminAt(folder, ...words);
			equal(again.status, isMade ? 1 : 0, again.stderr);
			isWhole(folder);
			equal(fs.readdirSync(path.join(folder, 'keys')).length, 4);
			ok(!fs.existsSync(`${folder}.unfinished`), `step ${step}`);
			if (signal === null) {
				ok(step > 60, `only ${step} steps: the preload does not see them`);
				return;
			}
			fs.rmSync(folder, { recursive: true });
		}
	},

	async 'the first upload by a klp-admin that dies at any step'(site) {
		const start = path.join(site.top, 'start');
		fs.cpSync(site.station, path.join(start, 'admin'), { recursive: true });
		fs.cpSync(site.folder, path.join(start, 'hub'), { recursive: true });
		for (let step = 1; ; step++) {
			const { signal } = site.adminWith({ LD_PRELOAD: preload, DIE_AT: String(step) }, site.station, 'sign', 'first');
			isWhole(site.station);
			if (signal === null) {
				ok(step > 10, `only ${step} steps: the preload does not see them`);
				break;
			}
			// Where nothing was sent, the next death is another run of the same.
			if (!fs.existsSync(path.join(site.folder, 'repository/metadata/timestamp.json')) && step % 3)
				continue;
			match(site.said(0, site.admin('sign', 'first')), /^published before; nothing was sent$|\npublished, from/);
			equal(site.releases().signed.version, 1);
			ok(!fs.existsSync(path.join(site.station, 'drafts/first.json')));
			await site.stop();
			for (const [name, folder] of [['admin', site.station], ['hub', site.folder]]) {
				fs.rmSync(folder, { recursive: true });
				fs.cpSync(path.join(start, name), folder, { recursive: true });
			}
			await site.serve();
		}
	},

	async 'a klp-admin that dies at any step of publishing, recalling and replacing a key'(site) {
		site.said(0, site.admin('sign', 'first'));
		const reader = new Reader(site, await site.pass());
		let version = 0;
		const publish = (i) => ['patch', 'publish', site.module(`klp_${i}`, ['f']), '--untested'];
		adminDiesAtEach(site, 2, publish, (i) => {
			saidEither(site.admin(...publish(i)), /these bytes are version \d+ already/);
			version++;
			match(site.said(0, site.admin('patch', 'list')), new RegExp(`version ${version},`));
		});
		ok(await reader.read(target(`klp_${version - 1}`)));

		const recall = (i) => ['recall', '1', '--action', 'stop-new', '--reason', `reason ${i}`];
		const recalls = async () => JSON.parse(await reader.read(`recalls/${release}/${buildId}.json`)).recalls;
		adminDiesAtEach(site, 5, recall, (i) => { site.said(0, site.admin(...recall(i))); });
		equal((await recalls()).length, 1);

		const keyid = () => site.said(0, site.admin('keys', 'status')).match(/^recalls: .*\n  ([0-9a-f]{64})/m)[1];
		let old;
		const rotate = () => ['keys', 'rotate', 'recalls', old = keyid(), '--holder', 'publisher-1'];
		adminDiesAtEach(site, 3, rotate, () => {
			const before = old;
			saidEither(site.admin('keys', 'rotate', 'recalls', before, '--holder', 'publisher-1'), /does not have the key/);
			ok(keyid() !== before);
		});
		site.said(0, site.admin(...recall('the last')));
		equal((await recalls())[0].reason, 'reason the last');
	},

	async 'a klp-admin that dies at any step of a notice, of support and of a block'(site) {
		site.said(0, site.admin('sign', 'first'));
		site.said(0, site.publish('klp_1', ['f']));
		const reader = new Reader(site, await site.pass());
		const support = async () => JSON.parse(await reader.read(`kernels/${release}/${buildId}.json`));

		const notice = (i) => ['notice', 'publish', `ACME-${i}-1`, '--title', 'ext4: an oops', '--cve', 'CVE-2026-4444:high',
			'--package', 'linux-image-amd64', '--package-version', '6.1.176-1'];
		let notices = 0;
		adminDiesAtEach(site, 3, (i) => notice(notices = i), (i) => { site.said(0, site.admin(...notice(i))); });
		deepEqual((await support()).notices, Array.from({ length: notices + 1 }, (_, i) => `ACME-${i}-1`));

		const minimum = (i) => ['kernel', 'set-support', '--kernel', release, '--fixed-in', `6.1.${200 + i}-1`];
		let last;
		adminDiesAtEach(site, 3, (i) => minimum(last = i), (i) => { site.said(0, site.admin(...minimum(i))); });
		equal((await support()).fixed_in, `6.1.${200 + last}-1`);

		const block = ['patch', 'block', '1'];
		// So that there is something to block, and to write.
		const offer = () => {
			site.said(0, site.admin('patch', 'promote', '1', 'edge'));
			fs.rmSync(path.join(site.station, 'metadata/timestamp.json'), { force: true });
		};
		adminDiesAtEach(site, 1, () => (offer(), block), () => {
			saidEither(site.admin(...block), /no tier offers version 1/);
		});
		deepEqual(JSON.parse(await reader.read(`tiers/edge/${release}/${buildId}.json`)).offers, []);
	},

	async 'a klp-admin that dies at any step of making a token'(site) {
		site.said(0, site.admin('sign', 'first'));
		const create = (i) => ['token', 'create', '--id', `t${i}`];
		// So that there is something to write.
		const forget = () => fs.rmSync(path.join(site.station, 'metadata/timestamp.json'), { force: true });
		adminDiesAtEach(site, 1, (i) => (forget(), create(i)), (i) => {
			match(site.said(0, site.admin(...create(i))), /^klp1\./);
		});
	},
};

// The next releases, with a version of these bytes, which only the publisher's key stands for.
function withPatch(site, name, bytes)
{
	const { signed } = site.releases();
	const patches = Object.values(signed.targets).filter(({ custom }) => custom);
	const version = Math.max(...patches.map(({ custom }) => custom.version)) + 1;
	const entry = { length: bytes.length, hashes: { sha256: sha256(bytes) }, custom: { ...patches[0].custom, version } };
	return site.signed({ ...signed, version: signed.version + 1, targets: { ...signed.targets, [target(name)]: entry } });
}

tests['an upload leaves machines alone'] = async (site) => {
	const bearer = await published(site);
	const token = site.token('organisation').secret;
	const asked = [], statuses = new Set();
	let isOver = false;
	const machines = Promise.all(Array.from({ length: 8 }, async (_, machine) => {
		const secret = await site.attached(token);
		for (let counter = 1; !isOver; counter++) {
			const start = performance.now();
			const { status } = await site.checkIn(secret, counter);
			asked.push({ machine, start, end: performance.now() });
			statuses.add(status);
		}
	}));
	const bytes = Buffer.alloc(48 << 20, crypto.randomBytes(1 << 20));
	equal((await site.ask('POST', '/v1/admin/payload', { bearer, body: bytes })).status, 200);
	const start = performance.now();
	const answer = await site.upload(bearer, 'releases', withPatch(site, 'klp_large', bytes));
	const end = performance.now();
	equal(answer.status, 200, String(answer.body));
	isOver = true;
	await machines;
	const longest = Math.max(...asked.filter((one) => one.end > start).map((one) => one.end - one.start));
	const meanwhile = asked.filter((one) => one.start > start && one.end < end);
	console.log(`# ${meanwhile.length} check-ins during an upload of ${(end - start).toFixed(0)} ms, the longest ${longest.toFixed(0)} ms`);
	// Nobody waited for the thread that makes the change.
	equal(new Set(meanwhile.map(({ machine }) => machine)).size, 8);
	equal([...statuses].join(' '), '200');
};

tests['an accepted upload that cannot be published any more is set aside'] = async (site) => {
	const bearer = await published(site);
	const bytes = Buffer.from('payload');
	equal((await site.ask('POST', '/v1/admin/payload', { bearer, body: bytes })).status, 200);
	const lost = withPatch(site, 'klp_lost', bytes);
	const [{ version }] = [JSON.parse(lost).signed];
	const strangers = crypto.generateKeyPairSync('ed25519').privateKey;
	await site.stop();
	// The hub died after it had stored the file, and the key that signed it is no more the publisher's.
	const unsigned = site.signed(JSON.parse(lost).signed, strangers);
	fs.writeFileSync(path.join(site.folder, 'repository/metadata', `${version}.releases.json`), lost);
	fs.writeFileSync(path.join(site.folder, 'accepted.json'),
		JSON.stringify({ schema: 'klp.upload/1', files: [{ role: 'releases', bytes: unsigned }] }));
	await site.serve();
	match(site.log, /an upload that was accepted cannot be published any more: releases\.json: signed by 0 .*accepted-refused-\d+\.json' of the hub's folder; sign it anew, or, once the cause is gone, stop the hub, copy it to accepted\.json/);
	const [aside] = fs.readdirSync(site.folder).filter((name) => name.startsWith('accepted-refused-'));
	equal(JSON.parse(fs.readFileSync(path.join(site.folder, aside))).files[0].bytes, unsigned);
	site.said(0, site.publish('klp_2', ['f']));
	const reader = new Reader(site, await site.pass());
	ok(await reader.read(target('klp_2')));
	equal(await reader.read(target('klp_lost')), undefined);
};

tests['payloads that nobody needs any more go'] = async (site) => {
	const bearer = await published(site);
	const incoming = path.join(site.folder, 'incoming');
	const age = (bytes, hours) => {
		const time = Date.now() / 1000 - hours * 3600;
		fs.utimesSync(path.join(incoming, sha256(bytes)), time, time);
	};
	const send = async (bytes) => equal((await site.ask('POST', '/v1/admin/payload', { bearer, body: bytes })).status, 200);
	const module = fs.readFileSync(path.join(site.top, 'klp_1.ko'));
	const fresh = Buffer.from('an upload under way'), draft = Buffer.from('a draft'), old = Buffer.from('forgotten');
	for (const bytes of [fresh, draft, old])
		await send(bytes);
	age(draft, 29 * 24);
	age(old, 31 * 24);
	const left = async () => {
		await site.stop();
		await site.serve();
		return fs.readdirSync(incoming).sort();
	};
	const names = (...all) => all.map(sha256).sort();
	const support = (await left()).filter((name) => ![fresh, draft, old, module].map(sha256).includes(name));
	equal((await left()).join(), [...names(fresh, draft, module), ...support].sort().join());
	age(module, 2);
	equal((await left()).join(), [...names(fresh, draft), ...support].sort().join());
	// Whoever sends the bytes once more has them for another hour.
	await send(module);
	equal((await left()).includes(sha256(module)), true);
};

const noSpace = /'\/[^']*': No space left on device/;

// The answer may be here before the words of the log.
function isSaid(hub, words)
{
	return new Promise((resolve) => {
		const look = () => words.test(hub.log) && (hub.child.stderr.off('data', look), resolve());
		hub.child.stderr.on('data', look);
		look();
	});
}

// A hub that goes on meets a fault at each step of one change in turn: variable is that of die-at.c.
// ask() makes the change, and is asked again once the fault is over. Readers see a whole repository.
async function eachFault(site, variable, { ask, again, says, every = stride, least })
{
	const fault = path.join(site.top, 'fault');
	const reader = new Reader(site, await site.pass());
	await site.stop();
	await site.serveIn({ LD_PRELOAD: preload, [variable]: fault });
	let faults = 0;
	for (let step = 1; ; step += every, faults++) {
		site.log = '';
		fs.writeFileSync(fault, `${step}\n`);
		const answer = await ask(step);
		fs.rmSync(fault);
		if (answer.status === 200)
			break;
		ok([500, 503].includes(answer.status), `step ${step}: ${answer.status} ${answer.body}`);
		await isSaid(site, says);
		ok(await reader.read(target('klp_1')), `step ${step}`);
		await again(step, answer, reader);
	}
	console.log(`# ${faults} faults`);
	ok(faults >= least, `only ${faults} faults: the preload does not see the steps`);
	await site.stop();
	await site.serve();
	ok(await reader.read(target('klp_1')));
}

async function published(site)
{
	site.said(0, site.admin('sign', 'first'));
	site.said(0, site.publish('klp_1', ['f']));
	return site.secretOf('berta', 'publisher'); // who does not log in
}

const faulty = {
	'whose disk is full': ['FULL_AT', noSpace],
	'whose sync fails': ['SYNC_FAILS_AT', /'\/[^']*': Input\/output error/],
};

for (const [which, [variable, says]] of Object.entries(faulty)) {
	const every = variable == 'FULL_AT' ? stride : 2, least = 4;

	tests[`a hub ${which} at any step of a promotion`] = async (site) => {
		const bearer = await published(site);
		const promote = (share) => site.ask('POST', '/v1/admin/promote', { bearer, document: {
			schema: 'klp.promote/1', kernel: { release, build_id: buildId }, version: 1, tier: 'edge', share } });
		await eachFault(site, variable, { says, every, least, ask: promote, again: async (step, answer, reader) => {
			equal((await promote(step)).status, 200);
			const { offers } = JSON.parse(await reader.read(`tiers/edge/${release}/${buildId}.json`));
			equal(offers[0].share, step);
		} });
	};

	tests[`a hub ${which} at any step of an upload`] = async (site) => {
		const bearer = await published(site);
		const send = async (step) => {
			const bytes = Buffer.from(`payload ${step}`);
			const stored = await site.ask('POST', '/v1/admin/payload', { bearer, body: bytes });
			return stored.status === 200 ? site.upload(bearer, 'releases', withPatch(site, `klp_a${step}`, bytes)) : stored;
		};
		await eachFault(site, variable, { says, every, least, ask: send, again: async (step, answer, reader) => {
			// It may be published in spite of the answer, or by the next request.
			const done = await send(step);
			if (done.status !== 200)
				equal((await send(step + 0.5)).status, 200);
			ok(await reader.read(target(done.status === 200 ? `klp_a${step}` : `klp_a${step + 0.5}`)));
		} });
	};

	tests[`a hub ${which} at any step of attaching and checking in`] = async (site) => {
		await published(site);
		const token = site.token('organisation').secret;
		const enter = async (step, secret) => {
			const answer = await site.attach(token, secret, sha256(secret).slice(0, 32));
			return answer.status === 200 ? site.checkIn(secret, 1000 * step) : answer;
		};
		const secrets = {};
		await eachFault(site, variable, { says, every: 1, least: 1, ask: (step) => {
			secrets[step] = crypto.randomBytes(32).toString('base64url');
			return enter(step, secrets[step]);
		}, again: async (step) => {
			const answer = await enter(step + 0.5, secrets[step]);
			equal(answer.status, 200, String(answer.body));
			equal(JSON.parse(answer.body).reattach, false);
		} });
	};

	tests[`a klp-admin ${which} at any step of publishing`] = async (site) => {
		await published(site);
		const publish = (i, env = {}) => site.adminWith(env, site.station, 'patch', 'publish', site.module(`klp_f${i}`, ['f']), '--untested');
		const few = variable == 'FULL_AT' ? 3 : 1;
		for (let step = 1; ; step += few) {
			const run = publish(step, { LD_PRELOAD: preload, [variable]: String(step) });
			isWhole(site.station);
			if (run.status === 0) {
				ok(step > 2 * few, `only ${step} steps: the preload does not see them`);
				break;
			}
			match(site.said(1, run), says);
			saidEither(publish(step), /these bytes are version \d+ already/);
			match(site.said(0, site.admin('patch', 'list')), /version/);
		}
	};
}

// On a machine that is busy; a quiet one needs a tenth of it.
const limits = Object.fromEntries(Object.keys(tests).map((name) => [name, 300_000])); // ms
await runTests(tests, () => Site.start(), 'hub', limits);
