// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rotation.hpp"
#include "../../cli/say.hpp"

#include <set>

namespace klp::admin {

using nlohmann::json;

namespace {

// In an object that has "keyids", of a delegator that has keys.
Checked<> replace_keyid(json *role, json *keys, const std::string &old_keyid,
			const tuf::SigningKey &key)
{
	for (json &keyid : (*role)["keyids"]) {
		if (keyid != old_keyid)
			continue;
		keyid = key.keyid();
		(*keys)[key.keyid()] = key.public_key();
		return {};
	}
	return tuf::refuse(FaultKind::not_listed,
			   "the role does not have the key '%s'; see 'klp-admin keys status'",
			   old_keyid.c_str());
}

// A key that no role has any more goes.
void drop_unused(json *keys, const json &roles)
{
	std::set<std::string> used;
	for (const json &role : roles)
		for (const json &keyid : role["keyids"])
			used.insert(keyid.get<std::string>());
	json kept = json::object();
	for (const auto &[keyid, key] : keys->items())
		if (used.contains(keyid))
			kept[keyid] = key;
	*keys = std::move(kept);
}

Checked<> replace_in_root(json *root, const Rotation &rotation, const tuf::SigningKey &key)
{
	TRY(replace_keyid(&(*root)["roles"][rotation.role], &(*root)["keys"], rotation.old_keyid,
			  key));
	drop_unused(&(*root)["keys"], (*root)["roles"]);
	return {};
}

Checked<> replace_in_targets(json *targets, const Rotation &rotation, const tuf::SigningKey &key)
{
	json &delegations = (*targets)["delegations"];
	for (json &role : delegations["roles"])
		if (role["name"] == rotation.role)
			TRY(replace_keyid(&role, &delegations["keys"], rotation.old_keyid, key));
	drop_unused(&delegations["keys"], delegations["roles"]);
	return {};
}

// Beside the old key, which still has to sign.
Checked<tuf::SigningKey> make_key(const Workstation &station, const CommonWords &words,
				  const Rotation &rotation)
{
	if (!protocol::is_component(rotation.holder))
		return tuf::refuse(FaultKind::local, "'%s' is no name of a folder",
				   rotation.holder.c_str());
	tuf::SigningKey key = TRY(tuf::SigningKey::make(tuf::SigningKey::Kind::ed25519));
	std::string passphrase;
	if (!words.passphrase_file.empty())
		passphrase = TRY(passphrase_of(words));
	std::string pem = TRY(key.pem(passphrase));
	tuf::DurableFolder folder =
		TRY(tuf::DurableFolder::open(station.keys() + "/" + rotation.holder));
	TRY(folder.create(rotation.role + "-" + key.keyid().substr(0, 8) + ".pem", pem));
	return key;
}

}

Checked<> rotate(const CommonWords &words, const Rotation &rotation)
{
	Session session = TRY(Session::open(words));
	bool is_of_root = rotation.role == "root" || rotation.role == "targets";
	tuf::SigningKey key = TRY(make_key(session.station(), words, rotation));
	Session::Change change;
	json *delegator = TRY(session.edit(&change, is_of_root ? "root" : "targets"));
	if (is_of_root)
		TRY(replace_in_root(delegator, rotation, key));
	else
		TRY(replace_in_targets(delegator, rotation, key));
	if (rotation.role != "root")
		TRY(session.edit(&change, rotation.role));
	TRY(session.publish(change, "keys-" + rotation.role));
	say(stdout,
	    "the new key is in '%s/%s'; once this is published, destroy the old key's file\n",
	    session.station().keys().c_str(), rotation.holder.c_str());
	return {};
}

}
