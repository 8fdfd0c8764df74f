// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub in the wrong hands signs a snapshot that announces older releases: those without the
// newest fix. Its own keys suffice for that, but for machines that know the newer ones.
export default {
	end: { repository: 'rollback' },

	async attack(site)
	{
		site.evil({ roles: { releases: 1 } });
	},

	mend: (site) => site.resign(),
};
