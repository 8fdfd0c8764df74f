// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub in the wrong hands signs timestamp, snapshot and tiers with the highest versions. Machines
// that saw them take whatever the honest hub signs for older: they go on with what they have, and
// recover once the holders of the root give these roles new keys.
import { equal } from 'node:assert/strict';
import * as path from 'node:path';
import { ready } from '../attacked_site.mjs';

const highest = Number.MAX_SAFE_INTEGER;

export default {
	end: { repository: 'rollback' },

	async attack(site)
	{
		site.evil({ tiers: site.offers(),
			versions: { timestamp: highest, snapshot: highest, tiers: highest } });
		equal((await site.refresh())[0], ready);
		equal(site.file('trust/timestamp.json').signed.version, highest);
		site.mirror.passOn();
		await site.resign();
	},

	async mend(site)
	{
		site.program('klp-hub', 'keys', 'renew', site.folder);
		await site.publisher('keys', 'rotate', '--online', path.join(site.folder, 'hub.json'));
	},
};
