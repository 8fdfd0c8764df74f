// SPDX-License-Identifier: LGPL-2.1-or-later
// klp-admin: the delivery service as publishers and operators use it.
#include "../../cli/exit_status.hpp"
#include "../../cli/guarded.hpp"
#include "../../cli/verbs.hpp"
#include "verbs.hpp"

static constexpr Verb verbs[] = {
	{"init", run_init, "make the offline keys and the first metadata"},
	{"login", run_login, "keep the login string of a hub"},
	{"sign", run_sign, "sign a draft, and send it once it has all signatures"},
	{"patch", run_patch, "publish, list, promote and block versions"},
	{"tier", run_tier, "list or set the tiers"},
	{"token", run_token, "create, list and revoke tokens of machines"},
	{"machine", run_machine, "list and remove machines"},
	{"notice", run_notice, "publish and list notices"},
	{"kernel", run_kernel, "list kernels, set what is supported"},
	{"recall", run_recall, "recall a version"},
	{"keys", run_keys, "show the keys of each role, replace one"},
	{"audit", run_audit, "show who changed what"},
};

int main(int argc, char **argv)
{
	return guarded("klp-admin", exit_failed, "",
		       [&] { return run_verb("klp-admin", verbs, argc, argv); });
}
