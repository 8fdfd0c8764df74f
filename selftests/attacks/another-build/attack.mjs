// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub in the wrong hands offers what the publisher signed for another build of this release,
// under the path of this build's patch.
import { kernel } from '../../agent/agent_hub.mjs';
import { offerOfOther, place } from '../attacked_site.mjs';

export default {
	end: { refused: [[2, 'mixed']] },

	async prepare(site)
	{
		this.offer = await offerOfOther(site, kernel.release, 'aa'.repeat(20));
	},

	async attack(site)
	{
		site.evil({ tiers: site.offering({ ...this.offer, version: 2, path: `patches/${place}/klp_1.ko` }) });
	},

	mend: (site) => site.resign(),
};
