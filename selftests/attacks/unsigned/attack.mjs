// SPDX-License-Identifier: LGPL-2.1-or-later
// A mirror serves a timestamp that nobody signed.
export default {
	end: { repository: 'unsigned' },

	async attack(site)
	{
		await site.resign();
		const { signed } = JSON.parse(site.metadata('timestamp.json'));
		site.mirror.serve(/\/timestamp\.json$/, () => JSON.stringify({ signed, signatures: [] }));
	},
};
