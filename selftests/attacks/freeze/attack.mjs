// SPDX-License-Identifier: LGPL-2.1-or-later
// A mirror goes on with what it had when it was honest, so that no machine learns of a fix. Each file
// is signed; the timestamp expires after three days.
import { clock } from '../attacked_site.mjs';

const later = '+5d';

export default {
	end: { repository: 'expired', verdict: /^UNKNOWN: no trusted news since .*: refused \(expired\)$/ },
	before: ['faketime', '-f', later],
	beforeMended: ['faketime', '-f', later],

	async attack(site)
	{
		const old = site.metadata('timestamp.json');
		await site.stop();
		await site.serveIn(clock(later));
		site.mirror.serve(/\/timestamp\.json$/, () => old);
	},
};
