// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub in the wrong hands offers this kernel's machines what the publisher signed for another
// kernel.
import { offerOfOther } from '../attacked_site.mjs';

export default {
	end: { repository: 'malformed', verdict: /^UNKNOWN: no trusted news since .*: refused \(malformed\)$/,
		says: /'offers' is not a list of modules of this kernel/ },

	async prepare(site)
	{
		this.offer = await offerOfOther(site, '6.1.0-1-amd64', 'aa'.repeat(20));
	},

	async attack(site)
	{
		site.evil({ tiers: site.offering({ ...this.offer, version: 2 }) });
	},

	mend: (site) => site.resign(),
};
