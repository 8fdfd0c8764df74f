// SPDX-License-Identifier: LGPL-2.1-or-later
// An attacker has the key of one of two publishers, and the hub with all of its keys: releases that
// approve a module of the attacker's, signed once.
export default {
	end: { repository: 'unsigned', verdict: /^UNKNOWN: no trusted news since .*: refused \(unsigned\)$/ },

	async attack(site)
	{
		const { signed } = site.releases();
		site.evil({ metadata: { releases: site.signed({ ...signed, version: signed.version + 1 }) } });
	},

	// The machine holds the snapshot for good that announced these releases: the next ones follow.
	mend: (site) => site.signAnew(),
};
