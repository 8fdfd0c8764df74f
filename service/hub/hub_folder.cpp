// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hub_folder.hpp"
#include "../../libklp/file.hpp"
#include "../protocol/token.hpp"
#include "../store/schema.hpp"
#include "../tuf/durable_folder.hpp"
#include "../tuf/whole_folder.hpp"
#include "certificate.hpp"
#include "online_keys.hpp"

#include <cerrno>

namespace klp::hub {

using protocol::HubFacts;
using tuf::Checked;
using tuf::DurableFolder;
using tuf::FaultKind;

namespace {

constexpr const char *database_name = "hub.db";

// "hub.example" of "https://hub.example:8443", "::1" of "https://[::1]".
std::string host_of(const std::string &address)
{
	std::string rest = address.substr(address.find("//") + 2);
	if (rest.starts_with('['))
		return rest.substr(1, rest.find(']') - 1);
	return rest.substr(0, rest.find(':'));
}

Checked<HubFacts> fill(const std::string &path, const std::string &address, int64_t now)
{
	DurableFolder folder = TRY(DurableFolder::open(path));
	Certificate certificate = TRY(make_certificate(host_of(address), now));
	TRY(folder.create("hub.crt", certificate.certificate));
	TRY(folder.create("hub.key", certificate.key));
	HubFacts facts = {address, certificate.pin, {}, {}, {}};
	TRY(make_online_keys(path + "/keys", &facts));
	TRY(folder.create("hub.json", facts.to_json().dump(1, '\t') + "\n"));
	TRY(DurableFolder::open(path + "/repository"));
	TRY(DurableFolder::open(path + "/incoming"));
	store::Database database = TRY(store::Database::open(path + "/" + database_name));
	TRY(store::migrate(database));
	return facts;
}

}

Checked<HubFacts> HubFolder::make(const std::string &path, const std::string &address, int64_t now)
{
	if (!protocol::is_hub_address(address))
		return tuf::refuse(FaultKind::local,
				   "'%s' is no address of a hub; expected https://HOST or "
				   "https://HOST:PORT",
				   address.c_str());
	HubFacts facts;
	TRY(tuf::make_whole_folder(path, [&](const std::string &unfinished) -> Checked<> {
		facts = TRY(fill(unfinished, address, now));
		return {};
	}));
	return facts;
}

Checked<HubFacts> HubFolder::facts() const
{
	std::string text = TRY(read_text(path_ + "/hub.json"));
	return protocol::read<HubFacts>(text);
}

// SQLite would make a database that is not there.
Result<store::Database> HubFolder::open_database(std::chrono::milliseconds longest_wait) const
{
	std::string path = path_ + "/" + database_name;
	if (!exists(path))
		return fail(ENOENT, "there is no hub in '%s'; make one with 'klp-hub init'",
			    path_.c_str());
	store::Database database = TRY(store::Database::open(path, longest_wait));
	bool has_tables = TRY(store::has_tables(database));
	if (!has_tables)
		return fail(EBADMSG, "'%s' has no tables of a hub; restore a backup of it",
			    path.c_str());
	TRY(store::migrate(database));
	return database;
}

}
