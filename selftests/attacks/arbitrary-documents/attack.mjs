// SPDX-License-Identifier: LGPL-2.1-or-later
// A mirror serves other bytes in the place of a document that the publisher signed: here one by which
// no kernel has to be upgraded.
export default {
	end: { repository: 'mixed', verdict: /^UNKNOWN: no trusted news since .*: refused \(mixed\)$/ },

	async attack(site)
	{
		await site.publisher('kernel', 'set-support', '--minimum', '1', '--yes');
		site.mirror.serve(/\/targets\/kernels\//, () => '{"schema": "klp.kernel/1"}');
	},
};
