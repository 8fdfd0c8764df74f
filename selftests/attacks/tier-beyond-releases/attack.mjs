// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub in the wrong hands offers a module of its own, which releases does not list.
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import { sha256 } from '../../agent/agent_hub.mjs';
import { place } from '../attacked_site.mjs';

export default {
	end: { refused: [[2, 'mixed']] },

	async attack(site)
	{
		const file = site.module('klp_2', ['f', 'g']), path = `patches/${place}/klp_2.ko`;
		const bytes = fs.readFileSync(file);
		site.evil({ files: { [path]: file },
			tiers: site.offering({ version: 2, path, length: bytes.length, sha256: sha256(bytes) }) });
	},

	mend: (site) => site.resign(),
};
