// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check_in.hpp"
#include "repository_news.hpp"

namespace klp::protocol {

using nlohmann::json;

constexpr size_t most_patches = 16; // in a list of a check-in

Checked<std::string> boot_id(const Fields &fields, const char *name)
{
	constexpr std::string_view form = "00000000-0000-0000-0000-000000000000";
	std::string text = TRY(fields.text(name));
	bool has_form = text.size() == form.size();
	for (size_t i = 0; has_form && i < form.size(); i++)
		has_form =
			form[i] == '-' ? text[i] == '-' : is_lower_hexadecimal(text.substr(i, 1));
	if (!has_form)
		return fields.refuse_field(name, "a boot id as the kernel writes it");
	return text;
}

static Checked<Applied> applied_of(const Fields &fields)
{
	TRY(check_known(fields, {"version", "since"}));
	int64_t version = TRY(version_of(fields, "version"));
	int64_t since = TRY(time_of(fields, "since"));
	return Applied{version, since};
}

Checked<Withheld> withheld_of(const Fields &fields)
{
	TRY(check_known(fields, {"version", "reason"}));
	int64_t version = TRY(version_of(fields, "version"));
	std::string reason = TRY(line(fields, "reason"));
	return Withheld{version, std::move(reason)};
}

Checked<CheckIn> CheckIn::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema,
				      {"counter", "boot_id", "agent", "verdict", "reason",
				       "applied", "held", "failed", "refused", "repository",
				       "next_boot", "kernel", "host", "tags"}));
	CheckIn check_in;
	check_in.counter = TRY(number(fields, "counter", 1, highest_counter));
	check_in.boot_id = TRY(protocol::boot_id(fields, "boot_id"));
	check_in.agent = TRY(component(fields, "agent"));
	check_in.verdict = TRY(word<Verdict>(fields, "verdict", verdict_words));
	check_in.reason = TRY(line(fields, "reason"));
	check_in.applied = TRY(objects(fields, "applied", most_patches, applied_of));
	check_in.held = TRY(objects(fields, "held", most_patches, withheld_of));
	check_in.failed = TRY(objects(fields, "failed", most_patches, withheld_of));
	if (fields.has("refused"))
		check_in.refused = TRY(objects(fields, "refused", most_refused, refused_of));
	if (fields.has("repository"))
		check_in.repository = TRY(repository_state(fields, "repository"));
	if (fields.has("next_boot"))
		check_in.next_boot = TRY(running_kernel(fields, "next_boot"));
	check_in.facts = TRY(MachineFacts::of(fields));
	return check_in;
}

json to_json(const std::vector<Withheld> &patches)
{
	json list = json::array();
	for (const Withheld &patch : patches)
		list.push_back({{"version", patch.version}, {"reason", patch.reason}});
	return list;
}

json CheckIn::to_json() const
{
	json document = {{"schema", schema},
			 {"counter", counter},
			 {"boot_id", boot_id},
			 {"agent", agent},
			 {"verdict", verdict_words[static_cast<size_t>(verdict)]},
			 {"reason", reason},
			 {"applied", json::array()},
			 {"held", protocol::to_json(held)},
			 {"failed", protocol::to_json(failed)}};
	for (const Applied &patch : applied)
		document["applied"].push_back({{"version", patch.version}, {"since", patch.since}});
	if (!refused.empty())
		document["refused"] = protocol::to_json(refused);
	if (repository)
		document["repository"] = *repository;
	if (next_boot)
		document["next_boot"] = protocol::to_json(*next_boot);
	facts.add_to(&document);
	return document;
}

Checked<CheckedIn> CheckedIn::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"interval", "tier", "reattach", "time"}));
	CheckedIn checked_in;
	checked_in.interval = TRY(number(fields, "interval", least_interval, most_interval));
	checked_in.tier = TRY(component(fields, "tier"));
	checked_in.reattach = TRY(fields.flag("reattach"));
	checked_in.time = TRY(time_of(fields, "time"));
	return checked_in;
}

json CheckedIn::to_json() const
{
	return {{"schema", schema},
		{"interval", interval},
		{"tier", tier},
		{"reattach", reattach},
		{"time", time}};
}

}
