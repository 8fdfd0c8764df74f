// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub in the wrong hands makes a token of its own, whose root is the attacker's. A machine that
// trusts a root takes no other by attaching.
import { equal, match } from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { remadeToken, sha256 } from '../../agent/agent_hub.mjs';

export default {
	end: {},

	async attack(site)
	{
		const rogue = path.join(site.top, 'rogue');
		site.said(0, site.adminAt(rogue, 'init', '--hub', path.join(site.folder, 'hub.json'), '--no-passphrase'));
		const root = fs.readFileSync(path.join(rogue, 'metadata/root.json'));
		site.mirror.serve(/\/1\.root\.json$/, () => root);
		const token = remadeToken(site.token, { root_sha256: sha256(root) });
		const trusted = fs.readFileSync(path.join(site.state, 'trust/root.json'));
		const answer = await site.verb('attach', [token]);
		equal(answer.status, 1);
		match(answer.err, /this machine trusts another root/);
		equal(trusted.equals(fs.readFileSync(path.join(site.state, 'trust/root.json'))), true);
	},
};
