// SPDX-License-Identifier: LGPL-2.1-or-later
// A mirror serves today's timestamp, and the snapshot of yesterday under the name of today's.
import * as fs from 'node:fs';
import * as path from 'node:path';

export default {
	end: { repository: 'mixed' },

	async attack(site)
	{
		const metadata = path.join(site.folder, 'repository/metadata');
		const snapshot = fs.readdirSync(metadata).find((name) => name.endsWith('.snapshot.json'));
		const old = site.metadata(snapshot);
		await site.resign();
		site.mirror.serve(/\.snapshot\.json$/, () => old);
	},
};
