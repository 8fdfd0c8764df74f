// SPDX-License-Identifier: LGPL-2.1-or-later
// The machine's clock says 1970. It takes the time of what it trusts, and goes on.
import { ok } from 'node:assert/strict';

export default {
	end: {},
	before: ['faketime', '1970-01-02 00:00:00'],
	attack() {},

	check(site)
	{
		ok(1000 * site.status().time >= Date.parse(site.file('trust/timestamp.json').signed.issued));
	},
};
