// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/say.hpp"
#include "../../cli/verbs.hpp"
#include "../protocol/admin_lists.hpp"
#include "cut_list.hpp"
#include "session.hpp"
#include "verbs.hpp"

using namespace klp;
using namespace klp::admin;

namespace {

// The agent goes on with what it had.
std::string news_of(const protocol::Machines::Entry &machine)
{
	bool is_worth_a_word = machine.repository && *machine.repository != "current";
	return is_worth_a_word ? "; the repository: " + *machine.repository : "";
}

Checked<> list(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	protocol::Machines machines = TRY(session.get<protocol::Machines>("/v1/admin/machines"));
	for (const protocol::Machines::Entry &machine : machines.machines)
		say(stdout, "%s %s: %s, seen %s, %s%s\n", machine.id.c_str(),
		    machine.facts.host.value_or("(no name)").c_str(),
		    machine.facts.kernel.release.c_str(), tuf::time_text(machine.seen).c_str(),
		    machine.verdict
			    ? (*machine.verdict + " (" + machine.reason.value_or("") + ")").c_str()
			    : "no check-in yet",
		    news_of(machine).c_str());
	say_if_cut(machines.machines.size(), "machines");
	return {};
}

int run_list(int argc, char **argv)
{
	CommonWords words;
	CommandLine app("List the attached machines, the last seen first.",
			"klp-admin machine list");
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, list(words));
}

Checked<> remove(const CommonWords &words, const std::string &id)
{
	Session session = TRY(Session::open(words));
	return session.post("/v1/admin/machine-remove", protocol::Removal{id});
}

int run_remove(int argc, char **argv)
{
	CommonWords words;
	std::string id;
	CommandLine app("Take a machine's place; it has to attach anew.",
			"klp-admin machine remove");
	app.add_option("ID", id, "the machine's id")->required();
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, remove(words, id));
}

constexpr Verb verbs[] = {
	{"list", run_list, "list the attached machines"},
	{"remove", run_remove, "take a machine's place"},
};

}

int run_machine(int argc, char **argv)
{
	return run_verb("klp-admin machine", verbs, argc, argv);
}
