// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attach.hpp"

namespace klp::protocol {

using nlohmann::json;

Checked<Attach> Attach::parse(const json &document)
{
	Fields fields = TRY(fields_of(
		document, schema, {"machine", "secret", "ephemeral", "kernel", "host", "tags"}));
	Attach attach;
	attach.machine = TRY(digits(fields, "machine", 32, 32));
	attach.secret = TRY(protocol::secret(fields, "secret"));
	attach.ephemeral = TRY(fields.flag("ephemeral"));
	attach.facts = TRY(MachineFacts::of(fields));
	return attach;
}

json Attach::to_json() const
{
	json document = {{"schema", schema},
			 {"machine", machine},
			 {"secret", secret},
			 {"ephemeral", ephemeral}};
	facts.add_to(&document);
	return document;
}

Checked<Attached> Attached::parse(const json &document)
{
	Fields fields =
		TRY(fields_of(document, schema,
			      {"organisation", "plan", "tier", "machines", "limit", "interval"}));
	Attached attached;
	attached.organisation = TRY(line(fields, "organisation"));
	attached.plan = TRY(component(fields, "plan"));
	attached.tier = TRY(component(fields, "tier"));
	attached.machines = TRY(number(fields, "machines", 1, highest_version));
	if (fields.has("limit"))
		attached.limit = TRY(number(fields, "limit", 1, highest_version));
	attached.interval = TRY(number(fields, "interval", least_interval, most_interval));
	return attached;
}

json Attached::to_json() const
{
	json document = {{"schema", schema},	 {"organisation", organisation},
			 {"plan", plan},	 {"tier", tier},
			 {"machines", machines}, {"interval", interval}};
	if (limit)
		document["limit"] = *limit;
	return document;
}

}
