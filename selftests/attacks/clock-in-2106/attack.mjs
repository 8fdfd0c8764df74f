// SPDX-License-Identifier: LGPL-2.1-or-later
// The machine's clock says 2106: all that it trusts has expired. The hub's clock says otherwise, which
// is a hint for people and raises nothing.
export default {
	end: { repository: 'clock-wrong', told: 'expired', verdict: /^UNKNOWN: no trusted news since / },
	before: ['faketime', '2106-01-01 00:00:00'],
	attack() {},
};
