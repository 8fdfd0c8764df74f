// SPDX-License-Identifier: LGPL-2.1-or-later
// A publisher, a hub, and this machine, attached to it through a mirror. Patch 1 is offered to it,
// and was when the clock was ten minutes earlier: what an attacker signs now is newer, and older
// than what the hub signs next.
import { deepEqual, equal } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePort } from '../hub/hub.mjs';
import { Site, filesOf } from '../hub/site.mjs';
import { kernel, sha256, withAgent } from '../agent/agent_hub.mjs';
import { Mirror } from './mirror.mjs';

const faketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
export const ready = "WAITING: patch 1 is ready; no patch is active; the mode is no-apply, in which nothing is applied";

export const place = `${kernel.release}/${kernel.build_id}`;
const tierPath = `tiers/stable/${place}.json`;

// The environment of a program whose clock is off.
export function clock(offset)
{
	return { LD_PRELOAD: faketime, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

export class AttackedSite extends withAgent(Site) {
	kernel = kernel;

	// One whose machine has seen patch 1, for copies of it.
	static async made()
	{
		const site = new AttackedSite();
		site.top = fs.mkdtempSync(path.join(os.tmpdir(), 'klp-attacked-'));
		site.mirrorPort = await freePort();
		site.listen = `127.0.0.1:${await freePort()}`;
		site.hold(`https://127.0.0.1:${site.mirrorPort}`, '--publishers', '2', '--publisher-threshold', '2');
		site.mirror = await Mirror.open(site, site.mirrorPort);
		await site.serveIn(clock('-10m'));
		await site.publisher('login', site.access('anna', 'publisher'));
		await site.publisher('sign', 'first');
		await site.publisher('patch', 'publish', site.module('klp_1', ['f']), '--untested');
		await site.publisher('patch', 'promote', '1', 'stable');
		site.makeAgent();
		site.token = (await site.publisher('token', 'create', '--plan', 'personal')).trim();
		await site.attach();
		deepEqual(await site.refresh(), [ready, 'current']);
		await site.stop();
		await site.mirror.close();
		return site;
	}

	static async copyOf(made)
	{
		const site = new AttackedSite();
		site.top = fs.mkdtempSync(path.join(os.tmpdir(), 'klp-attacked-'));
		execFileSync('cp', ['-a', '--reflink=auto', `${made.top}/.`, site.top]);
		for (const name of ['mirrorPort', 'listen', 'pem', 'token'])
			site[name] = made[name];
		site.mirror = await Mirror.open(site, site.mirrorPort);
		await site.serve();
		return site;
	}

	async end()
	{
		await this.mirror.close();
		await super.end();
	}

	tokenText() { return this.token; }

	// klp-admin while the mirror, which is in this process, passes on what it asks.
	async publisher(...words)
	{
		const yes = /^(sign|recall|patch publish|keys rotate)( |$)/.test(words.join(' ')) ? ['--yes'] : [];
		const { status, stdout, stderr } = await this.adminLater(this.station, ...words, ...yes);
		equal(status, 0, `klp-admin ${words.join(' ')}: ${stdout}${stderr}`);
		return stdout;
	}

	metadata(name, folder = this.folder)
	{
		return fs.readFileSync(path.join(folder, 'repository/metadata', name));
	}

	// The hub signs all of its roles anew, twice: above what a copy of the hub signed once in the same second.
	async resign()
	{
		for (const share of ['50', '100'])
			await this.publisher('patch', 'promote', '1', 'edge', '--share', share, '--kernel', kernel.release,
				'--build-id', kernel.build_id);
	}

	// The publisher signs anew, twice for the same reason.
	async signAnew()
	{
		for (let i = 0; i < 2; i++)
			await this.publisher('sign');
	}

	// A copy of the hub in the wrong hands: with its online keys, and whatever klp-evil-hub is told.
	evil(plan)
	{
		const evil = path.join(this.top, 'evil');
		fs.cpSync(this.folder, evil, { recursive: true });
		execFileSync(`${process.env.O}/bin/klp-evil-hub`, [evil], { input: JSON.stringify(plan) });
		this.mirror.serveFolder(evil);
		return evil;
	}

	// The documents of the role tiers for this machine, as the hub has them.
	offers()
	{
		const folder = path.join(this.folder, 'repository/targets', path.dirname(tierPath));
		const [name] = fs.readdirSync(folder).filter((file) => file.endsWith(path.basename(tierPath)));
		return { [tierPath]: JSON.parse(fs.readFileSync(path.join(folder, name))) };
	}

	// The same with one more offer.
	offering(offer)
	{
		const offers = this.offers();
		offers[tierPath].offers.push({ share: 10000, ...offer });
		return offers;
	}

	// What the agent has of publishers' documents and patches. The hub signs which it offers.
	kept()
	{
		return ['documents', 'patches'].map((name) => path.join(this.state, name))
			.map((folder) => Object.entries(filesOf(folder)).filter(([name]) => !name.startsWith('tiers')));
	}
}

// What would offer the patch that the publisher then publishes for another kernel.
export async function offerOfOther(site, release, build_id)
{
	const file = site.module('klp_other', ['f'], { kernel: release, build: build_id });
	await site.publisher('patch', 'publish', file, '--untested');
	return { version: 1, path: `patches/${release}/${build_id}/klp_other.ko`, length: fs.statSync(file).size,
		sha256: sha256(fs.readFileSync(file)) };
}
