// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/say.hpp"
#include "../../cli/verbs.hpp"
#include "../protocol/rollout.hpp"
#include "session.hpp"
#include "verbs.hpp"

using namespace klp;
using namespace klp::admin;

namespace {

Checked<> list(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	protocol::Tiers tiers = TRY(session.get<protocol::Tiers>("/v1/admin/tiers"));
	for (const std::string &tier : tiers.tiers)
		say(stdout, "%s\n", tier.c_str());
	return {};
}

int run_list(int argc, char **argv)
{
	CommonWords words;
	CommandLine app("List the tiers, the least stable first.", "klp-admin tier list");
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, list(words));
}

Checked<> set(const CommonWords &words, const std::vector<std::string> &names)
{
	Session session = TRY(Session::open(words));
	return session.post("/v1/admin/tiers", protocol::Tiers{names});
}

int run_set(int argc, char **argv)
{
	CommonWords words;
	std::vector<std::string> names;
	CommandLine app("Set the tiers, the least stable first.", "klp-admin tier set");
	app.add_option("TIER", names, "all tiers")->required();
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, set(words, names));
}

constexpr Verb verbs[] = {
	{"list", run_list, "list the tiers"},
	{"set", run_set, "set all tiers and their order"},
};

}

int run_tier(int argc, char **argv)
{
	return run_verb("klp-admin tier", verbs, argc, argv);
}
