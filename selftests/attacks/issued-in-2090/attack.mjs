// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub in the wrong hands says in a timestamp that it is 2090. Machines take the time from what is
// signed, so all else has expired for them, until the holders of the root give the timestamp a new key.
import * as path from 'node:path';

export default {
	end: { repository: 'expired', verdict: /^NOT COVERED: this kernel was covered until / },

	async attack(site)
	{
		site.evil({ tiers: site.offers(), issued: Date.UTC(2090, 0) / 1000 });
		await site.refresh();
		site.mirror.passOn();
		await site.resign();
	},

	async mend(site)
	{
		site.program('klp-hub', 'keys', 'renew', site.folder);
		await site.publisher('keys', 'rotate', '--online', path.join(site.folder, 'hub.json'));
	},
};
