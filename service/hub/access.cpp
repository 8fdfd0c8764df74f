// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/command_line.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "give_access.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <ctime>

using namespace klp;
using namespace klp::hub;

namespace {

struct Words {
	std::string folder, name, role = "viewer";
	int64_t days = 365;
};

tuf::Checked<> access(const Words &words)
{
	if (!protocol::is_component(words.name))
		return tuf::refuse(tuf::FaultKind::local,
				   "'%s' is no name of letters, digits and ._+-",
				   words.name.c_str());
	auto role = std::ranges::find(protocol::admin_role_words, words.role);
	protocol::Identity person = {
		words.name,
		static_cast<protocol::AdminRole>(role - protocol::admin_role_words.begin())};
	protocol::AdminAccess access = TRY(give_access(HubFolder(words.folder), person,
						       words.days * 24 * 3600, time(nullptr)));
	say(stderr, "login string of '%s', for 'klp-admin login -'; whoever has it is a %s:\n",
	    words.name.c_str(), words.role.c_str());
	say(stdout, "%s\n", access.text().c_str());
	return {};
}

}

int run_access(int argc, char **argv)
{
	Words words;
	CommandLine app(
		"Make a person known to the hub, and print the login string. A person who is "
		"known gets another one.",
		"klp-hub access");
	app.add_option("DIR", words.folder, "the hub's folder")->required();
	app.add_option("NAME", words.name, "the person's name")->required();
	app.add_option("--role", words.role, "viewer, operator or publisher")
		->type_name("ROLE")
		->check(one_of({"viewer", "operator", "publisher"}))
		->capture_default_str();
	app.add_option("--days", words.days, "how long it is good")
		->type_name("N")
		->check(number_between(1, 3650, "days"))
		->capture_default_str();
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	tuf::Checked<> done = access(words);
	if (done)
		return exit_done;
	say(stderr, "klp-hub access: %s\n", done.error().message.c_str());
	return exit_failed;
}
