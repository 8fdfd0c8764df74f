// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub in the wrong hands goes back to the recalls from before a recall, so that machines apply
// what was recalled.
const recalled = 'AT RISK: patch 1 is recalled (it oopses); no patch is active';

export default {
	end: { repository: 'rollback', refused: [[1, 'recalled']], verdict: recalled, mended: recalled,
		refusedMended: [[1, 'recalled']] },

	async prepare(site)
	{
		await site.publisher('recall', '1', '--action', 'stop-new', '--reason', 'it oopses');
		await site.refresh();
	},

	async attack(site)
	{
		site.evil({ roles: { recalls: 1 } });
	},

	mend: (site) => site.signAnew(),
};
