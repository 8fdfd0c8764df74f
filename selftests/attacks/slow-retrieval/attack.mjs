// SPDX-License-Identifier: LGPL-2.1-or-later
// A mirror sends a byte a second, so that the machine waits instead of learning of a fix.
export default {
	end: { repository: 'slow' },

	async attack(site)
	{
		await site.resign();
		site.mirror.answer(/\/timestamp\.json$/, (url, response) => {
			const drip = setInterval(() => response.write(' '), 1000);
			response.on('close', () => clearInterval(drip));
		});
	},
};
