// SPDX-License-Identifier: LGPL-2.1-or-later
// Adds a token to a hub's database, and prints it: klp-hub-token DIR PLAN SECONDS, of which the
// last is how long the token is good.
#include "../../service/protocol/token.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "../../libklp/module/digest.hpp"
#include "../../service/hub/hub_folder.hpp"
#include "../../service/store/tokens.hpp"

#include <ctime>

using namespace klp;

static tuf::Checked<std::string> add_token(const std::string &folder, const std::string &plan_name,
					   int64_t expires)
{
	std::string text = TRY(read_text(folder + "/hub.json"));
	protocol::HubFacts hub = TRY(protocol::read<protocol::HubFacts>(text));
	std::string root = TRY(read_text(folder + "/repository/metadata/1.root.json"));
	std::string secret = TRY(protocol::new_secret());
	std::string id = TRY(protocol::new_id());
	store::Plan plan = TRY(store::plan_of(plan_name, {}));
	store::Database database = TRY(hub::HubFolder(folder).open_database());
	TRY(store::add_token(database, {id,
					"Example",
					protocol::hash_of_secret(secret),
					plan,
					"stable",
					time(nullptr),
					expires,
					{}}));
	return protocol::Token{hub.address, hub.pin, 1, sha256(std::as_bytes(std::span(root))),
			       expires,	    secret}
		.text();
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	tuf::Checked<std::string> token =
		add_token(argv[1], argv[2], time(nullptr) + atoll(argv[3]));
	if (!token) {
		say(stderr, "klp-hub-token: %s\n", token.error().message.c_str());
		return 1;
	}
	say(stdout, "%s\n", token->c_str());
	return 0;
}
