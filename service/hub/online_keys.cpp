// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online_keys.hpp"
#include "../../libklp/file.hpp"
#include "../tuf/durable_folder.hpp"

#include <algorithm>
#include <cerrno>

namespace klp::hub {

using tuf::Checked;
using tuf::FaultKind;
using tuf::SigningKey;

namespace {

// Of the role's name: ROLE.pem, and ROLE-KEYID.pem of each that came later.
Checked<std::vector<std::string>> key_files(const HubFolder &folder, const std::string &role)
{
	const std::string keys = folder.path() + "/keys";
	std::vector<std::string> names = TRY(list_folder(keys));
	std::vector<std::string> files;
	for (const std::string &name : names)
		if (name == role + ".pem" ||
		    (name.starts_with(role + "-") && name.ends_with(".pem")))
			files.push_back(keys + "/" + name);
	return files;
}

Checked<std::vector<SigningKey>> keys_of(const HubFolder &folder, const std::string &role)
{
	std::vector<std::string> files = TRY(key_files(folder, role));
	std::vector<SigningKey> keys;
	for (const std::string &path : files) {
		std::string pem = TRY(read_text(path));
		SigningKey key = TRY(SigningKey::from_pem(path, pem));
		keys.push_back(std::move(key));
	}
	return keys;
}

Checked<SigningKey> key_of(const HubFolder &folder, const std::string &name, const tuf::Role &role)
{
	std::vector<SigningKey> keys = TRY(keys_of(folder, name));
	for (SigningKey &key : keys)
		if (role.threshold == 1 &&
		    std::ranges::find(role.keyids, key.keyid()) != role.keyids.end())
			return std::move(key);
	return tuf::refuse(FaultKind::too_few_signatures,
			   "the role '%s' has no key of '%s/keys' with a threshold of 1; take the "
			   "keys from the hub's hub.json",
			   name.c_str(), folder.path().c_str());
}

Checked<nlohmann::json> make_key(tuf::DurableFolder *keys, const std::string &role)
{
	SigningKey key = TRY(SigningKey::make(SigningKey::Kind::ed25519));
	std::string pem = TRY(key.pem());
	Result<> first = keys->create(role + ".pem", pem);
	if (!first && first.error().code != EEXIST)
		return std::unexpected(tuf::Fault(first.error()));
	if (!first)
		TRY(keys->create(role + "-" + key.keyid().substr(0, 8) + ".pem", pem));
	return key.public_key();
}

}

Checked<OnlineKeys> OnlineKeys::of(const HubFolder &folder, const tuf::Root &root,
				   const tuf::Targets &top)
{
	SigningKey snapshot = TRY(key_of(folder, "snapshot", root.roles.at("snapshot")));
	SigningKey timestamp = TRY(key_of(folder, "timestamp", root.roles.at("timestamp")));
	if (top.delegations)
		for (const tuf::DelegatedRole &delegated : top.delegations->roles)
			if (delegated.name == "tiers") {
				SigningKey tiers = TRY(key_of(folder, "tiers", delegated.role));
				return OnlineKeys{std::move(snapshot), std::move(timestamp),
						  std::move(tiers)};
			}
	return tuf::refuse(FaultKind::too_few_signatures,
			   "targets.json: does not delegate to 'tiers'");
}

Checked<> check_online_keys(const HubFolder &folder)
{
	for (const char *role : {"snapshot", "timestamp", "tiers"}) {
		std::vector<SigningKey> keys = TRY(keys_of(folder, role));
		if (keys.empty())
			return tuf::refuse(
				FaultKind::local,
				"'%s/keys' has no key of the role '%s'; restore a backup",
				folder.path().c_str(), role);
	}
	return {};
}

bool has_signed(const SigningKey &key, const std::string &name, const std::string &file)
{
	Checked<tuf::SignedFile> parsed = tuf::SignedFile::parse(name, file);
	tuf::Keys keys;
	keys.emplace(key.keyid(), tuf::PublicKey::parse(key.public_key()));
	tuf::Role role = {{key.keyid()}, 1};
	return parsed && parsed->verify({&keys, &role});
}

Checked<> make_online_keys(const std::string &path, protocol::HubFacts *facts)
{
	tuf::DurableFolder keys = TRY(tuf::DurableFolder::open(path));
	facts->snapshot = TRY(make_key(&keys, "snapshot"));
	facts->timestamp = TRY(make_key(&keys, "timestamp"));
	facts->tiers = TRY(make_key(&keys, "tiers"));
	return {};
}

}
