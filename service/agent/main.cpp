// SPDX-License-Identifier: LGPL-2.1-or-later
// klpd, and by other names the verbs that klp runs: klp-attach, klp-refresh and so on.
#include "../../cli/exit_status.hpp"
#include "../../cli/guarded.hpp"
#include "../../cli/say.hpp"
#include "fetcher.hpp"
#include "klpd.hpp"
#include "verb.hpp"
#include "verbs.hpp"

#include <cstring>
#include <sys/stat.h>

using namespace klp;
using namespace klp::agent;

static constexpr struct {
	const char *name;
	int (*run)(int argc, char **argv);
} programs[] = {
	{"klp-attach", run_attach},   {"klp-detach", run_detach},   {"klp-enable", run_enable},
	{"klp-disable", run_disable}, {"klp-refresh", run_refresh}, {"klp-apply", run_apply},
	{"klp-hold", run_hold},	      {"klp-unhold", run_unhold},
};

int klp::agent::run_daemon(int argc, char **argv)
{
	Places places;
	bool fetches = false;
	CommandLine app("Bring this machine's kernel its livepatches from a hub.", "klpd");
	app.add_flag("--fetch", fetches,
		     "be the process that speaks to the network; klpd starts it");
	add_places(&app, &places);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	if (fetches)
		return run_fetcher();
	if (geteuid() == 0)
		return run_klpd(places);
	say(stderr, "klpd: needs root\n");
	return exit_failed;
}

// All files are root's alone, but for status.json, whose writer says so.
int main(int argc, char **argv)
{
	umask(077);
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	int (*run)(int, char **) = run_daemon;
	for (const auto &program : programs)
		if (strcmp(name, program.name) == 0)
			run = program.run;
	return guarded(name, exit_undecided, "; see 'klp status'", [&] { return run(argc, argv); });
}
