// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/command_line.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "hub_folder.hpp"
#include "verbs.hpp"

#include <ctime>

using namespace klp;
using namespace klp::hub;

int run_init(int argc, char **argv)
{
	std::string folder, address;
	CommandLine app("Make a hub: a folder with certificate, online keys and database.",
			"klp-hub init");
	app.add_option("DIR", folder, "the hub's folder, which is not there yet")->required();
	app.add_option("--address", address, "the hub as machines reach it: https://HOST[:PORT]")
		->type_name("URL")
		->required();
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	tuf::Checked<protocol::HubFacts> facts = HubFolder::make(folder, address, time(nullptr));
	if (!facts) {
		say(stderr, "klp-hub init: %s\n", facts.error().message.c_str());
		return exit_failed;
	}
	say(stdout,
	    "made a hub in '%s' for %s\n"
	    "pin of its certificate: %s\n"
	    "public keys of its online roles: '%s/hub.json'\n"
	    "start it: klp-hub serve '%s'\n"
	    "let a publisher in: klp-hub access '%s' NAME --role publisher\n",
	    folder.c_str(), facts->address.c_str(), facts->pin.c_str(), folder.c_str(),
	    folder.c_str(), folder.c_str());
	return exit_done;
}
