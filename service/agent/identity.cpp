// SPDX-License-Identifier: LGPL-2.1-or-later
#include "identity.hpp"

namespace klp::agent {

using nlohmann::json;
using namespace klp::protocol;

Checked<Identity> Identity::parse(const json &document)
{
	Fields fields =
		TRY(fields_of(document, schema, {"hub", "pin", "machine", "secret", "attached"}));
	Identity identity;
	identity.hub = TRY(hub_address(fields, "hub"));
	if (fields.has("pin"))
		identity.pin = TRY(sha256_digits(fields, "pin"));
	identity.machine = TRY(digits(fields, "machine", 32, 32));
	identity.secret = TRY(protocol::secret(fields, "secret"));
	if (fields.has("attached")) {
		const json *attached = TRY(fields.any("attached"));
		identity.attached = TRY(Attached::parse(*attached));
	}
	return identity;
}

json Identity::to_json() const
{
	json document = {
		{"schema", schema}, {"hub", hub}, {"machine", machine}, {"secret", secret}};
	if (pin)
		document["pin"] = *pin;
	if (attached)
		document["attached"] = attached->to_json();
	return document;
}

Checked<Identity> Identity::make(const Token &token)
{
	std::string machine = TRY(new_id());
	std::string secret = TRY(new_secret());
	return Identity{token.hub, token.pin, std::move(machine), std::move(secret), std::nullopt};
}

}
