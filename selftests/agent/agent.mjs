// SPDX-License-Identifier: LGPL-2.1-or-later
// klpd's verbs on this machine, against klp-hub on the loopback. Nothing is applied here: the mode is
// no-apply throughout. selftests/agent/guest applies, in a guest; selftests/attacks attacks.
//
//	O=build node selftests/agent/agent.mjs [NAME]
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { freePort, runTests } from '../hub/hub.mjs';
import { AgentHub, remadeToken } from './agent_hub.mjs';

const preload = path.resolve(process.env.O, 'selftests/tuf/die-at.so');

function fetcherOf(verb)
{
	return Number(fs.readFileSync(`/proc/${verb.pid}/task/${verb.pid}/children`, 'utf8').trim().split(' ')[0]);
}

function filesOf(folder)
{
	return Object.fromEntries(fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]));
}

const tests = {
	async 'a machine attaches with one token'(hub) {
		const text = hub.tokenText();
		const first = await hub.verb('attach', ['-'], { input: `${text}\n` });
		equal(first.status, 0, first.err);
		match(first.out, /^attached to https:\/\/127.0.0.1:\d+ for Example, in the tier 'stable'\nNOT COVERED: /);
		const { machine } = hub.file('identity.json');
		equal(fs.statSync(path.join(hub.state, 'identity.json')).mode & 0o777, 0o600);
		equal(hub.status().verdict, 'not-covered');
		// Nobody else can open the folder of the status, and so lock it.
		equal(fs.statSync(path.join(hub.top, 'run')).mode & 0o777, 0o711);
		// The same machine: the plan has no place less.
		for (let i = 0; i < 5; i++)
			equal((await hub.verb('attach', [text])).status, 0);
		equal(hub.file('identity.json').machine, machine);
		equal(hub.file('identity.json').attached.machines, 1);
		equal(hub.file('journal.json').counter, 6);
	},

	async 'a damaged token is refused, and one with another root'(hub) {
		const text = hub.tokenText();
		const damaged = await hub.verb('attach', [text.slice(0, -1)]);
		equal(damaged.status, 1);
		match(damaged.err, /the token is damaged/);
		ok(!fs.existsSync(path.join(hub.state, 'identity.json')));
		const remade = (change) => remadeToken(text, change);
		const rooted = await hub.verb('attach', [remade({ root_sha256: '00'.repeat(32) })]);
		equal(rooted.status, 1);
		match(rooted.err, /root is not the one that the token names/);
		const pinned = await hub.verb('attach', [remade({ pin: '00'.repeat(32) })]);
		equal(pinned.status, 1);
		match(pinned.err, /the server's key is not the pinned one/);
		equal(hub.file('identity.json').attached, undefined);
		equal((await hub.verb('attach', [remade({})])).status, 0);
	},

	async 'what is offered waits where nothing may be applied'(hub) {
		hub.offer(7);
		hub.publish();
		await hub.attach();
		const ready = "WAITING: patch 7 is ready; no patch is active; the mode is no-apply, in which nothing is applied";
		deepEqual(await hub.refresh(), [ready, 'current']);
		equal((await hub.verb('hold', ['7', '--reason', 'by me'])).out.trim(),
			'AT RISK: patch 7 is held (by me); no patch is active');
		deepEqual(hub.status().held, [{ version: 7, reason: 'by me' }]);
		equal((await hub.verb('unhold', ['8'])).status, 1);
		equal((await hub.verb('unhold', ['7'])).out.trim(), ready);
		match((await hub.verb('disable')).out, /^OFF: disabled by root at .*; no patch is active\n$/);
		equal(hub.status().exit_status, 3);
		equal((await hub.verb('enable')).out.trim(), ready);
		hub.recalls = [{ version: 7, action: 'stop-new', reason: 'it oopses' }];
		hub.publish();
		deepEqual(await hub.refresh(), ['AT RISK: patch 7 is recalled (it oopses); no patch is active', 'current']);
	},

	async 'a hub that goes away, and comes back'(hub) {
		hub.offer(7);
		hub.publish();
		await hub.attach();
		const [before] = await hub.refresh();
		await hub.stop();
		deepEqual(await hub.refresh(1), [before, 'unreachable']);
		equal(hub.file('journal.json').failures, 1);
		await hub.serve('--listen', `127.0.0.1:${hub.port}`);
		deepEqual(await hub.refresh(), [before, 'current']);
		equal(hub.file('journal.json').failures, 0);
	},

	async 'no recalls, no application'(hub) {
		hub.offer(7);
		hub.publish({ recalls: 1_700_000_000 });
		await hub.attach();
		const [said] = await hub.refresh();
		equal(said, 'UNKNOWN: nothing is applied without recalls: refused (expired); no patch is active');
		equal(hub.status().exit_status, 4);
	},

	async 'a machine that the hub forgot'(hub) {
		await hub.attach();
		const identity = hub.file('identity.json');
		identity.secret = crypto.randomBytes(32).toString('base64url');
		fs.writeFileSync(path.join(hub.state, 'identity.json'), JSON.stringify(identity));
		const answer = await hub.verb('refresh');
		equal(answer.status, 1);
		match(answer.err, /the hub refuses: the hub does not know this machine; attach it anew/);
	},

	async 'a detached machine keeps what it trusts'(hub) {
		await hub.attach();
		equal((await hub.verb('detach')).status, 0);
		ok(!fs.existsSync(path.join(hub.state, 'identity.json')));
		ok(!fs.existsSync(path.join(hub.top, 'run/status.json')));
		const refused = await hub.verb('refresh');
		equal(refused.status, 1);
		equal(refused.err, 'klp refresh: not attached: sudo klp attach TOKEN\n');
		ok(fs.existsSync(path.join(hub.state, 'trust/root.json')));
		// Each gives its place back: the plan has three.
		const text = hub.tokenText();
		for (let i = 0; i < 4; i++) {
			equal((await hub.verb('attach', [text])).status, 0);
			equal((await hub.verb('detach')).err, '');
		}
		await hub.attach();
		await hub.stop();
		match((await hub.verb('detach')).err, /^klp detach: the hub does not know it \(/);
		ok(!fs.existsSync(path.join(hub.state, 'identity.json')));
		await hub.serve('--listen', `127.0.0.1:${hub.port}`);
	},

	async 'the policy has to be understood'(hub) {
		fs.writeFileSync(hub.config, 'mode = no-apply\ninterwal = 5\n');
		const answer = await hub.verb('attach', [hub.tokenText()]);
		equal(answer.status, 1);
		match(answer.err, /agent.conf:2: 'interwal' is not known/);
	},

	async 'a clone is told, and attaches as itself'(hub) {
		await hub.attach();
		const copy = path.join(hub.top, 'copy');
		fs.cpSync(hub.state, copy, { recursive: true });
		await hub.refresh();
		const { machine } = hub.file('identity.json');
		fs.rmSync(hub.state, { recursive: true });
		fs.renameSync(copy, hub.state);
		const told = await hub.verb('refresh');
		equal(told.status, 1);
		match(told.err, /another machine has this one's identity; 'klp attach TOKEN' gives this one its own/);
		equal(hub.status().reattach, true);
		await hub.attach();
		ok(hub.file('identity.json').machine != machine);
		equal(hub.status().reattach, false);
	},

	async 'an attach that fails leaves the machine as it was'(hub) {
		await hub.attach();
		const text = hub.tokenText();
		const files = () => [hub.file('identity.json'), hub.file('journal.json').counter];
		const isLeft = async (change, words) => {
			const before = files();
			const refused = await hub.verb('attach', [remadeToken(text, change)]);
			equal(refused.status, 1);
			match(refused.err, words);
			deepEqual(files(), before);
		};
		const wrongPin = [{ pin: '00'.repeat(32) }, /the server's key is not the pinned one/];
		const wrongSecret = [{ secret: crypto.randomBytes(32).toString('base64url') }, /the hub refuses: /];
		await isLeft(...wrongPin);
		await isLeft(...wrongSecret);
		equal((await hub.refresh())[1], 'current');
		// The hub takes it for a clone: a new attach would make another machine.
		const journal = hub.file('journal.json');
		fs.writeFileSync(path.join(hub.state, 'journal.json'), JSON.stringify({ ...journal, counter: 0 }));
		await hub.refresh(1);
		equal(hub.status().reattach, true);
		await isLeft(...wrongPin);
		await isLeft(...wrongSecret);
		equal(hub.file('journal.json').is_clone, true);
		equal((await hub.refresh(1))[1], 'current');
	},

	// klpd may apply it, and does not get that far.
	async 'a version whose module does not arrive is said to be ready'(hub) {
		await hub.attach();
		hub.offer(7);
		hub.publish();
		const targets = path.join(hub.folder, 'repository/targets/patches');
		const [module] = fs.readdirSync(targets, { recursive: true }).filter((name) => name.endsWith('.klp_7.ko'));
		fs.rmSync(path.join(targets, module));
		fs.writeFileSync(hub.config, 'mode = normal\n');
		const answer = await hub.verb('refresh');
		equal(answer.status, 1);
		match(answer.err, /klp_7\.ko/);
		equal(answer.out.trim(), 'WAITING: patch 7 is ready; no patch is active');
		equal(hub.status().failed.length, 0);
	},

	async 'klpd says when it is ready, sleeps, makes the rounds that are due, and ends'(hub) {
		await hub.attach();
		const socket = path.join(hub.top, 'notify');
		const listener = spawn('python3', ['-uc', `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound")
while True: print(s.recv(1000).decode())`, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
		const said = [];
		const word = (wanted) => new Promise((resolve) => {
			const look = () => said.join('').includes(wanted) && (listener.stdout.off('data', look), resolve());
			listener.stdout.on('data', look);
			look();
		});
		listener.stdout.on('data', (text) => said.push(String(text)));
		await word('bound');
		const places = ['--state', hub.state, '--run', path.join(hub.top, 'run'), '--config', hub.config];
		const klpd = spawn(`${process.env.O}/bin/klpd`, places,
			{ stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NOTIFY_SOCKET: socket } });
		klpd.stderr.resume();
		const ended = new Promise((resolve) => klpd.on('close', (status, signal) => resolve(signal ?? status)));
		try {
			await word('READY=1');
			const switches = () => fs.readFileSync(`/proc/${klpd.pid}/status`, 'utf8')
				.match(/^voluntary_ctxt_switches:\s*(\d+)/m)[1];
			// Three seconds without a wake-up come once it has gone to sleep; with a timer, never.
			let before;
			for (let i = 0; i < 5 && before !== switches(); i++) {
				before = switches();
				await new Promise((resolve) => setTimeout(resolve, 3000));
			}
			equal(switches(), before, 'klpd wakes up between its rounds');
			// A journal whose next round is due, as a verb would leave it.
			const { counter } = hub.file('journal.json');
			const run = fs.watch(path.join(hub.top, 'run'));
			const changed = new Promise((resolve) => run.on('change', (kind, name) => name == 'status.json' && resolve()));
			const journal = { ...hub.file('journal.json'), next_round: 0 };
			fs.writeFileSync(path.join(hub.state, 'journal.new'), JSON.stringify(journal));
			fs.renameSync(path.join(hub.state, 'journal.new'), path.join(hub.state, 'journal.json'));
			await changed;
			run.close();
			equal(hub.file('journal.json').counter, counter + 1);
		} finally {
			klpd.kill('SIGTERM');
			equal(await ended, 0);
			await word('STOPPING=1');
			listener.kill();
		}
	},

	// The server is one that never answers, so that the fetcher can be looked at.
	async 'the process that fetches has no rights'(hub) {
		await hub.attach();
		await hub.stop();
		const asked = [];
		const server = net.createServer((socket) => asked.push(socket));
		await new Promise((resolve) => server.listen(hub.port, '127.0.0.1', resolve));
		const arrived = new Promise((resolve) => server.once('connection', resolve));
		let verb;
		const done = hub.verb('refresh', [], { started: (child) => { verb = child; } });
		await arrived;
		server.unref(); // a failure below ends the test
		const children = fs.readFileSync(`/proc/${verb.pid}/task/${verb.pid}/children`, 'utf8').trim().split(' ');
		equal(children.length, 1);
		const status = fs.readFileSync(`/proc/${children[0]}/status`, 'utf8');
		const field = (name) => status.match(new RegExp(`^${name}:[ \\t]*(.*)$`, 'm'))[1];
		ok(field('Uid').split(/\s+/).every((uid) => uid != '0'), field('Uid'));
		ok(field('Gid').split(/\s+/).every((gid) => gid != '0'), field('Gid'));
		equal(field('Groups').trim(), '');
		for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
			equal(BigInt(`0x${field(set)}`), 0n, set);
		equal(field('NoNewPrivs'), '1');
		const environment = fs.readFileSync(`/proc/${children[0]}/environ`, 'utf8');
		equal(environment, '');
		for (const socket of asked)
			socket.destroy();
		server.on('connection', (socket) => socket.destroy());
		equal((await done).status, 1);
		server.close();
	},

	// Each death leaves files that the same verb goes on from. A write of a file has six steps: each
	// thirteenth step comes to each of the six in turn.
	async 'a death at each step of attaching and refreshing'(hub) {
		hub.offer(7);
		hub.publish();
		const token = hub.tokenText('organisation'); // a death may come before the id is stored
		const stride = Number(process.env.STRIDE ?? 13);
		let step = 1 - stride, status;
		do {
			step += stride;
			fs.rmSync(hub.state, { recursive: true, force: true });
			const dying = ['env', `LD_PRELOAD=${preload}`, `DIE_AT=${step}`];
			({ status } = await hub.verb('attach', [token], { before: dying }));
			ok(status === 'SIGKILL' || status === 0, `step ${step}: ${status}`);
			const again = await hub.verb('attach', [token]);
			equal(again.status, 0, `step ${step}: ${again.err}`);
			match(again.out, /WAITING: patch 7 is ready/);
			equal(hub.status().reattach, false, `step ${step}`);
		} while (status === 'SIGKILL');
		ok(step > 60, `only ${step} steps: the preload does not see them`);
		console.log(`# ${step} steps`);
	},

	// The fetcher has no environment, so it is killed by what it sends: at each piece in turn.
	async 'a fetcher that is killed'(hub) {
		hub.offer(7);
		hub.publish();
		await hub.attach();
		await hub.stop();
		const front = hub.port, behind = await freePort();
		await hub.serve('--listen', `127.0.0.1:${behind}`);
		let pieces, verb, killAt;
		const pass = net.createServer((client) => {
			const server = net.connect(behind, '127.0.0.1');
			client.on('data', () => ++pieces == killAt && process.kill(fetcherOf(verb), 'SIGKILL'));
			client.pipe(server).pipe(client);
			client.on('error', () => server.destroy());
			server.on('error', () => client.destroy());
		});
		await new Promise((resolve) => pass.listen(front, '127.0.0.1', resolve));
		const trusted = () => filesOf(path.join(hub.state, 'trust'));
		try {
			for (killAt = 1; ; killAt++) {
				hub.publish();
				const before = trusted();
				pieces = 0;
				const answer = await hub.verb('refresh', [], { started: (child) => { verb = child; } });
				if (pieces < killAt) {
					equal(answer.status, 0, answer.err);
					break;
				}
				equal(answer.status, 1, `piece ${killAt}: ${answer.err}`);
				match(answer.err, /the fetcher ended|cannot reach the fetcher/);
				match(answer.out, /^WAITING: patch 7 is ready/);
				for (const [name, bytes] of Object.entries(trusted()))
					ok(bytes === before[name] || JSON.parse(bytes), name);
				pieces = killAt; // beyond it, nobody is killed
				equal((await hub.verb('refresh', [], { started: (child) => { verb = child; } })).status, 0);
			}
		} finally {
			pass.close();
		}
		ok(killAt > 5, `only ${killAt} pieces`);
		console.log(`# ${killAt} pieces`);
	},

	// The fetcher's folder is a disk of its own here, which has no room for a file, or none for its bytes.
	async 'a fetcher whose disk is full'(hub) {
		hub.offer(7);
		hub.publish();
		await hub.attach();
		const spool = path.join(hub.state, 'spool');
		for (const room of [`nr_inodes=1 full ${spool}`, `size=4k full ${spool} && echo full >${spool}/full`]) {
			hub.publish();
			const mount = `mount -t tmpfs -o ${room} && exec "$0" "$@"`;
			const { status, out, err } = await hub.verb('refresh', [], { before: ['unshare', '--mount', 'sh', '-c', mount] });
			equal(status, 1, room);
			match(err, /cannot write 'answer': No space left on device/);
			match(out, /^WAITING: patch 7 is ready/);
			match((await hub.refresh())[0], /^WAITING: patch 7 is ready/);
		}
	},
};

// A step fails, and what it leaves is what the same verb goes on from.
const faulty = {
	'a disk that is full from': ['FULL_AT', 17, /'\/[^']*': No space left on device/],
	'a sync that fails at': ['SYNC_FAILS_AT', 5, /'\/[^']*': Input\/output error/],
};
for (const [which, [variable, stride, says]] of Object.entries(faulty))
	tests[`${which} any step of attaching and refreshing`] = async (hub) => {
		hub.offer(7);
		hub.publish();
		const token = hub.tokenText('organisation');
		for (let step = 1; ; step += stride) {
			fs.rmSync(hub.state, { recursive: true, force: true });
			const faulty = { before: ['env', `LD_PRELOAD=${preload}`, `${variable}=${step}`] };
			const answer = await hub.verb('attach', [token], faulty);
			const isSaid = says.test(answer.out + answer.err);
			if (!isSaid) {
				equal(answer.status, 0, `step ${step}: ${answer.out}${answer.err}`);
				match(answer.out, /WAITING: patch 7 is ready/);
				ok(step > 3 * stride, `only ${step} steps: the preload does not see them`);
				break;
			}
			const again = await hub.verb('attach', [token]);
			equal(again.status, 0, `step ${step}: ${again.err}`);
			match(again.out, /WAITING: patch 7 is ready/);
			hub.publish();
			const refresh = await hub.verb('refresh', [], faulty);
			ok(refresh.status === 0 || says.test(refresh.out + refresh.err), `step ${step}: ${refresh.out}${refresh.err}`);
			deepEqual(await hub.refresh(), ["WAITING: patch 7 is ready; no patch is active; the mode is no-apply, in which nothing is applied", 'current']);
		}
	};

await runTests(tests, AgentHub.start, 'agent');
