// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hub_facts.hpp"
#include "../tuf/keys.hpp"
#include "token.hpp"

namespace klp::protocol {

using nlohmann::json;

static Checked<json> key_of(const Fields &fields, const char *name)
{
	Fields key = TRY(object_of(fields, name, {"keytype", "scheme", "keyval"}));
	TRY(object_of(key, "keyval", {"public"}));
	std::string type = TRY(key.text("keytype"));
	tuf::PublicKey parsed = tuf::PublicKey::parse(key.value());
	if (type != "ed25519" || !parsed.unusable().empty())
		return fields.refuse_field(name, "a public key of ed25519 as metadata states it");
	return key.value();
}

Checked<HubFacts> HubFacts::parse(const json &document)
{
	Fields fields = TRY(
		fields_of(document, schema, {"address", "pin", "snapshot", "timestamp", "tiers"}));
	HubFacts facts;
	facts.address = TRY(hub_address(fields, "address"));
	facts.pin = TRY(sha256_digits(fields, "pin"));
	facts.snapshot = TRY(key_of(fields, "snapshot"));
	facts.timestamp = TRY(key_of(fields, "timestamp"));
	facts.tiers = TRY(key_of(fields, "tiers"));
	return facts;
}

json HubFacts::to_json() const
{
	return {{"schema", schema},	{"address", address},	  {"pin", pin},
		{"snapshot", snapshot}, {"timestamp", timestamp}, {"tiers", tiers}};
}

}
