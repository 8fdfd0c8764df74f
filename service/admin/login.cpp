// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/say.hpp"
#include "../protocol/token.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <iostream>

using namespace klp;
using namespace klp::admin;

// Nothing is kept before the hub has said who this is.
static Checked<> login(const CommonWords &words, std::string text, const std::string &reach)
{
	if (text == "-" && !std::getline(std::cin, text))
		return tuf::refuse(FaultKind::local, "standard input has no login string");
	protocol::AdminAccess access = TRY(protocol::AdminAccess::from_text(text));
	if (!reach.empty() && !protocol::is_hub_address(reach))
		return tuf::refuse(FaultKind::local, "'%s' is no https://HOST:PORT", reach.c_str());
	if (!reach.empty())
		access.reach = reach;
	HubConnection hub = TRY(HubConnection::open(access));
	std::string body = TRY(hub.get("/v1/admin/identity", protocol::largest_document));
	protocol::Identity identity = TRY(protocol::read<protocol::Identity>(body));
	TRY(Workstation(words.folder).set_access(access));
	std::string through = access.reach ? " (through " + *access.reach + ")" : "";
	say(stdout, "%s%s: you are '%s', a %s\n", access.hub.c_str(), through.c_str(),
	    identity.name.c_str(), protocol::admin_role_words[static_cast<size_t>(identity.role)]);
	return {};
}

int run_login(int argc, char **argv)
{
	CommonWords words;
	std::string text, reach;
	CommandLine app("Keep the login string that 'klp-hub access' printed.", "klp-admin login");
	app.add_option("STRING", text,
		       "the login string; - reads it from standard input, where no "
		       "other user sees it")
		->required();
	app.add_option("--reach", reach,
		       "send requests here instead of to the hub's address, which machines use: "
		       "the end of a tunnel")
		->type_name("URL");
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, login(words, text, reach));
}
