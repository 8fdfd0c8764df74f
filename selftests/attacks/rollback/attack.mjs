// SPDX-License-Identifier: LGPL-2.1-or-later
// A mirror serves the timestamp from before the one that the machine has: a patch that was withdrawn
// since would be offered again.
export default {
	end: { repository: 'rollback' },

	async prepare(site)
	{
		this.old = site.metadata('timestamp.json');
		await site.resign();
		await site.refresh();
	},

	async attack(site)
	{
		site.mirror.serve(/\/timestamp\.json$/, () => this.old);
	},
};
