// SPDX-License-Identifier: LGPL-2.1-or-later
// A mirror answers with data that do not end, to fill the machine's memory or disk.
export default {
	end: { repository: 'endless' },

	async attack(site)
	{
		await site.resign();
		site.mirror.answer(/\/timestamp\.json$/, (url, response) => {
			const piece = Buffer.alloc(65_536, 'x');
			const send = () => {
				while (!response.destroyed && response.write(piece))
					;
			};
			response.on('drain', send);
			send();
		});
	},
};
