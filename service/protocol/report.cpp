// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report.hpp"

namespace klp::protocol {

using nlohmann::json;

constexpr int64_t longest_watch = 24 * 60; // minutes

Checked<Report> Report::parse(const json &document)
{
	Fields fields = TRY(fields_of(
		document, schema,
		{"number", "kernel", "boot_id", "version", "step", "time", "minutes", "reason"}));
	Report report;
	report.number = TRY(protocol::number(fields, "number", 1, highest_counter));
	report.kernel = TRY(kernel_id(fields, "kernel"));
	report.boot_id = TRY(protocol::boot_id(fields, "boot_id"));
	report.version = TRY(version_of(fields, "version"));
	report.step = TRY(word<Step>(fields, "step", step_words));
	report.time = TRY(time_of(fields, "time"));
	report.minutes = TRY(protocol::number(fields, "minutes", 0, longest_watch));
	if (fields.has("reason"))
		report.reason = TRY(line(fields, "reason"));
	return report;
}

json Report::to_json() const
{
	json document = {{"schema", schema},
			 {"number", number},
			 {"kernel", protocol::to_json(kernel)},
			 {"boot_id", boot_id},
			 {"version", version},
			 {"step", step_words[static_cast<size_t>(step)]},
			 {"time", time},
			 {"minutes", minutes}};
	if (reason)
		document["reason"] = *reason;
	return document;
}

}
