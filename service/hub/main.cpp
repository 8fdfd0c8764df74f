// SPDX-License-Identifier: LGPL-2.1-or-later
// klp-hub: the server of the delivery service.
#include "../../cli/exit_status.hpp"
#include "../../cli/guarded.hpp"
#include "../../cli/verbs.hpp"
#include "verbs.hpp"

static constexpr Verb verbs[] = {
	{"init", run_init, "make a hub: certificate, online keys and database in a folder"},
	{"serve", run_serve, "serve machines"},
	{"trial", run_trial, "make and serve a hub that has all keys, to see how it works"},
	{"access", run_access, "print a login string for klp-admin"},
	{"keys", run_keys, "make new online keys"},
	{"backup", run_backup, "pack all that a hub has"},
	{"restore", run_restore, "make a hub of a backup"},
};

int main(int argc, char **argv)
{
	return guarded("klp-hub", exit_failed, "",
		       [&] { return run_verb("klp-hub", verbs, argc, argv); });
}
