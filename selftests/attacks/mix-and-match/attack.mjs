// SPDX-License-Identifier: LGPL-2.1-or-later
// A mirror serves today's snapshot, and in the place of today's releases those of yesterday.
export default {
	end: { repository: 'mixed', verdict: /^UNKNOWN: no trusted news since .*: refused \(mixed\)$/ },

	async attack(site)
	{
		await site.publisher('sign');
		const old = site.metadata('2.releases.json');
		site.mirror.serve(/\/3\.releases\.json$/, () => old);
	},
};
