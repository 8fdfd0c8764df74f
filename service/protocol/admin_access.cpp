// SPDX-License-Identifier: LGPL-2.1-or-later
#include "admin_access.hpp"
#include "sealed_text.hpp"
#include "token.hpp"

namespace klp::protocol {

using nlohmann::json;

constexpr SealedKind kind = {"klpa1.", "login string"};

Checked<AdminAccess> AdminAccess::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"hub", "pin", "secret", "reach"}));
	AdminAccess access;
	access.hub = TRY(hub_address(fields, "hub"));
	if (fields.has("pin"))
		access.pin = TRY(sha256_digits(fields, "pin"));
	access.secret = TRY(protocol::secret(fields, "secret"));
	if (fields.has("reach"))
		access.reach = TRY(hub_address(fields, "reach"));
	return access;
}

json AdminAccess::to_json() const
{
	json document = {{"schema", schema}, {"hub", hub}, {"secret", secret}};
	if (pin)
		document["pin"] = *pin;
	if (reach)
		document["reach"] = *reach;
	return document;
}

std::string AdminAccess::text() const
{
	return sealed(kind, to_json());
}

Checked<AdminAccess> AdminAccess::from_text(std::string_view text)
{
	std::string document = TRY(unsealed(kind, text));
	AdminAccess access = TRY(read<AdminAccess>(document));
	if (access.reach)
		return tuf::refuse(FaultKind::malformed,
				   "the login string says where to reach the hub: 'reach' is '%s'; "
				   "klp-admin login takes that from --reach alone",
				   access.reach->c_str());
	return access;
}

Checked<Identity> Identity::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"name", "role"}));
	Identity identity;
	identity.name = TRY(component(fields, "name"));
	identity.role = TRY(word<AdminRole>(fields, "role", admin_role_words));
	return identity;
}

json Identity::to_json() const
{
	return {{"schema", schema},
		{"name", name},
		{"role", admin_role_words[static_cast<size_t>(role)]}};
}

}
