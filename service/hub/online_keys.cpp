// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online_keys.hpp"
#include "../../libklp/file.hpp"

#include <algorithm>

namespace klp::hub {

using tuf::Checked;
using tuf::SigningKey;

static Checked<SigningKey> key_of(const HubFolder &folder, const std::string &role)
{
	std::string path = folder.key_of_role(role);
	std::string pem = TRY(read_text(path));
	return SigningKey::from_pem(path, pem);
}

Checked<OnlineKeys> OnlineKeys::read(const HubFolder &folder)
{
	SigningKey snapshot = TRY(key_of(folder, "snapshot"));
	SigningKey timestamp = TRY(key_of(folder, "timestamp"));
	SigningKey tiers = TRY(key_of(folder, "tiers"));
	return OnlineKeys{std::move(snapshot), std::move(timestamp), std::move(tiers)};
}

static Checked<> check_role(const char *name, const tuf::Role &role, const SigningKey &key)
{
	if (role.threshold == 1 && std::ranges::find(role.keyids, key.keyid()) != role.keyids.end())
		return {};
	return tuf::refuse(tuf::FaultKind::too_few_signatures,
			   "the role '%s' does not have the hub's key '%s' with a threshold of 1; "
			   "take the keys from the hub's hub.json",
			   name, key.keyid().c_str());
}

Checked<> OnlineKeys::check(const tuf::Root &root, const tuf::Targets &top) const
{
	TRY(check_role("snapshot", root.roles.at("snapshot"), snapshot));
	TRY(check_role("timestamp", root.roles.at("timestamp"), timestamp));
	if (top.delegations)
		for (const tuf::DelegatedRole &delegated : top.delegations->roles)
			if (delegated.name == "tiers")
				return check_role("tiers", delegated.role, tiers);
	return tuf::refuse(tuf::FaultKind::too_few_signatures,
			   "targets.json: does not delegate to 'tiers'");
}

}
