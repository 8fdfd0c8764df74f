// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keyids.hpp"
#include "../tuf/keys.hpp"

namespace klp::protocol {

using nlohmann::json;
using tuf::Checked;
using tuf::FaultKind;

// Nobody has verified it yet: find() takes a value of any type.
static Checked<> check_keys(const std::string &name, const json &owner)
{
	auto keys = owner.find("keys");
	if (keys == owner.end())
		return {};
	for (const auto &[keyid, key] : keys->items())
		if (tuf::keyid_of(key) != keyid)
			return tuf::refuse(FaultKind::mixed,
					   "%s: lists under the id '%s' the key whose id is '%s'; "
					   "do not sign it, and ask who made it",
					   name.c_str(), keyid.c_str(), tuf::keyid_of(key).c_str());
	return {};
}

Checked<> check_keyids(const tuf::SignedFile &file)
{
	const json &content = file.content().value();
	TRY(check_keys(file.name(), content));
	auto delegations = content.find("delegations");
	return delegations == content.end() ? Checked<>() : check_keys(file.name(), *delegations);
}

}
