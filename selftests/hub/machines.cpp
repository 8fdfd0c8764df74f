// SPDX-License-Identifier: LGPL-2.1-or-later
// Adds machines to a hub's database, each with one check-in: klp-hub-machines DIR N CHECK-IN, of
// which the last is a file with the document that each sends. Prints their secrets, one a line.
#include "../../service/store/machines.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "../../service/hub/handlers.hpp"
#include "../../service/hub/hub_folder.hpp"
#include "../../service/protocol/check_in.hpp"
#include "../../service/protocol/secret.hpp"
#include "../../service/store/tokens.hpp"

#include <cerrno>
#include <ctime>

using namespace klp;

static tuf::Checked<std::string> add_token(store::Database *database, int64_t now)
{
	std::string secret = TRY(protocol::new_secret());
	std::string id = TRY(protocol::new_id());
	store::Plan plan = TRY(store::plan_of("organisation", {}));
	TRY(store::add_token(*database, {id,
					 "Example",
					 protocol::hash_of_secret(secret),
					 plan,
					 "stable",
					 now,
					 now + 3600,
					 {}}));
	return id;
}

static tuf::Checked<std::vector<std::string>> add_machines(store::Database *database, size_t count,
							   const protocol::CheckIn &check_in)
{
	const int64_t now = time(nullptr);
	std::string token = TRY(add_token(database, now));
	nlohmann::json facts = nlohmann::json::object();
	check_in.facts.add_to(&facts);
	store::Transaction transaction = TRY(store::Transaction::begin(*database));
	std::vector<std::string> secrets;
	for (size_t i = 0; i < count; i++) {
		std::string id = TRY(protocol::new_id());
		std::string secret = TRY(protocol::new_secret());
		TRY(store::put_machine(*database, {id,
						   token,
						   protocol::hash_of_secret(secret),
						   false,
						   facts.dump(),
						   now,
						   now,
						   0,
						   {},
						   {},
						   {}}));
		secrets.push_back(secret);
	}
	TRY(transaction.commit());
	return secrets;
}

static tuf::Checked<> check_in_all(store::Database *database,
				   const std::vector<std::string> &secrets, const std::string &body)
{
	hub::Context context = {database, time(nullptr), 1800};
	for (const std::string &secret : secrets) {
		hub::Answer answer =
			TRY(hub::check_in({"POST", "/v1/check-in", secret, body}, context));
		if (answer.status != 200)
			return fail(EIO, "the hub answers a check-in with %d, expected 200",
				    answer.status);
	}
	return {};
}

static tuf::Checked<std::vector<std::string>> fill(const std::string &folder, size_t count,
						   const std::string &document)
{
	std::string body = TRY(read_text(document));
	protocol::CheckIn check_in = TRY(protocol::read<protocol::CheckIn>(body));
	store::Database database = TRY(hub::HubFolder(folder).open_database());
	std::vector<std::string> secrets = TRY(add_machines(&database, count, check_in));
	TRY(check_in_all(&database, secrets, body));
	return secrets;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	tuf::Checked<std::vector<std::string>> secrets =
		fill(argv[1], strtoul(argv[2], nullptr, 10), argv[3]);
	if (!secrets) {
		say(stderr, "klp-hub-machines: %s\n", secrets.error().message.c_str());
		return 1;
	}
	for (const std::string &secret : *secrets)
		say(stdout, "%s\n", secret.c_str());
	return 0;
}
