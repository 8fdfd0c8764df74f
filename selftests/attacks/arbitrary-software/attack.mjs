// SPDX-License-Identifier: LGPL-2.1-or-later
// A mirror serves other bytes in the place of a module. Nothing is applied here, so that the client
// of TUF that the agent is made of gets it.
import { equal, match } from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Reader } from '../../hub/site.mjs';
import { place } from '../attacked_site.mjs';

export default {
	end: {},

	async attack(site)
	{
		const target = `patches/${place}/klp_1.ko`;
		const other = fs.readFileSync(path.join(site.top, 'klp_1.ko')).fill(1, 100, 104);
		const mirror = await site.pass((url) => url.includes('/targets/patches/')
			? { status: 200, body: other } : site.ask('GET', url));
		const reader = new Reader(site, mirror);
		const run = await reader.download(target);
		equal(run.status, 1);
		match(run.stderr, /mixed/);
		equal(fs.readdirSync(reader.at('targets')).length, 0);
	},
};
