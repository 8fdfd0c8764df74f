// SPDX-License-Identifier: LGPL-2.1-or-later
// An attacker has one of the three keys of the root, of which two have to sign: a root that would
// give all roles to the attacker.
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

export default {
	end: { repository: 'unsigned' },

	async attack(site)
	{
		const { signed, signatures } = JSON.parse(site.metadata('1.root.json'));
		const pem = fs.readFileSync(path.join(site.station, 'keys/holder-1/root.pem'));
		const content = { ...signed, version: 2 };
		for (const role of Object.values(content.roles))
			role.threshold = 1;
		const root = JSON.parse(site.signed(content, crypto.createPrivateKey(pem)));
		const [{ sig }] = root.signatures;
		// By whichever keyid: one of these is the key's.
		root.signatures = signatures.map(({ keyid }) => ({ keyid, sig }));
		site.mirror.serve(/\/2\.root\.json$/, () => JSON.stringify(root));
	},
};
