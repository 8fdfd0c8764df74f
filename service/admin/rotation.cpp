// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rotation.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"

#include <set>

namespace klp::admin {

using nlohmann::json;

namespace {

// The object of a role, with its "keyids", in what its delegator signs.
json *role_in(json *delegator, const std::string &name)
{
	if (delegator->contains("roles"))
		return &(*delegator)["roles"][name];
	for (json &role : (*delegator)["delegations"]["roles"])
		if (role["name"] == name)
			return &role;
	return nullptr;
}

// Before a key is made that nobody needs.
Checked<> check_has_key(json *delegator, const Rotation &rotation)
{
	const json *role = role_in(delegator, rotation.role);
	if (role)
		for (const json &keyid : role->at("keyids"))
			if (keyid == rotation.old_keyid)
				return {};
	return tuf::refuse(FaultKind::not_listed,
			   "the role '%s' does not have the key '%s'; see 'klp-admin keys status'",
			   rotation.role.c_str(), rotation.old_keyid.c_str());
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

void add_key(json *delegator, const std::string &keyid, const json &key)
{
	json &owner = delegator->contains("roles") ? *delegator : (*delegator)["delegations"];
	owner["keys"][keyid] = key;
	drop_unused(&owner["keys"], owner["roles"]);
}

void replace_key(json *delegator, const Rotation &rotation, const tuf::SigningKey &key)
{
	for (json &keyid : (*role_in(delegator, rotation.role))["keyids"])
		if (keyid == rotation.old_keyid)
			keyid = key.keyid();
	add_key(delegator, key.keyid(), key.public_key());
}

// One key, with a threshold of 1.
Checked<> set_key(json *delegator, const std::string &name, const json &key)
{
	json *role = role_in(delegator, name);
	if (!role)
		return tuf::refuse(FaultKind::not_listed, "targets.json: delegates to no role '%s'",
				   name.c_str());
	std::string keyid = tuf::keyid_of(key);
	if ((*role)["keyids"] == json::array({keyid}))
		return tuf::refuse(FaultKind::local,
				   "the role '%s' has this key already; is this the hub.json that "
				   "'klp-hub keys renew' wrote?",
				   name.c_str());
	(*role)["keyids"] = json::array({keyid});
	(*role)["threshold"] = 1;
	add_key(delegator, keyid, key);
	return {};
}

Checked<protocol::HubFacts> read_hub(const std::string &path, const protocol::HubFacts &known)
{
	std::string text = TRY(read_text(path));
	protocol::HubFacts hub = TRY(protocol::read<protocol::HubFacts>(text));
	if (hub.address != known.address)
		return tuf::refuse(FaultKind::local,
				   "'%s' is of the hub '%s'; these keys are of the hub '%s'",
				   path.c_str(), hub.address.c_str(), known.address.c_str());
	return hub;
}

}

Checked<> rotate(const CommonWords &words, const Rotation &rotation)
{
	Session session = TRY(Session::open(words));
	bool is_of_root = rotation.role == "root" || rotation.role == "targets";
	Session::Change change;
	json *delegator = TRY(session.edit(&change, is_of_root ? "root" : "targets"));
	TRY(check_has_key(delegator, rotation));
	if (!protocol::is_component(rotation.holder))
		return tuf::refuse(FaultKind::local, "'%s' is no name of a folder",
				   rotation.holder.c_str());
	// Beside the old key, which still has to sign.
	const tuf::SigningKey *key = TRY(session.make_key(rotation.role, rotation.holder));
	replace_key(delegator, rotation, *key);
	if (rotation.role != "root")
		TRY(session.edit(&change, rotation.role));
	TRY(session.publish(change, "keys-" + rotation.role));
	say(stdout,
	    "the new key is in '%s/%s'; once this is published, destroy the old key's file\n",
	    session.station().keys().c_str(), rotation.holder.c_str());
	return {};
}

Checked<> rotate_online(const CommonWords &words, const std::string &hub_json)
{
	Session session = TRY(Session::open(words));
	protocol::HubFacts known = TRY(session.station().hub());
	protocol::HubFacts hub = TRY(read_hub(hub_json, known));
	Session::Change change;
	json *root = TRY(session.edit(&change, "root"));
	TRY(set_key(root, "snapshot", hub.snapshot));
	TRY(set_key(root, "timestamp", hub.timestamp));
	json *targets = TRY(session.edit(&change, "targets"));
	TRY(set_key(targets, "tiers", hub.tiers));
	return session.publish(change, "keys-online");
}

}
