// SPDX-License-Identifier: LGPL-2.1-or-later
#include "admin_lists.hpp"

namespace klp::protocol {

using nlohmann::json;

constexpr int64_t most_places = 1'000'000'000;

static Checked<std::optional<int64_t>> maybe_time(const Fields &fields, const char *name)
{
	if (!fields.has(name))
		return std::nullopt;
	return time_of(fields, name);
}

static Checked<std::optional<std::string>> maybe_line(const Fields &fields, const char *name)
{
	if (!fields.has(name))
		return std::nullopt;
	return line(fields, name);
}

static Checked<std::optional<int64_t>> maybe_limit(const Fields &fields, const char *name)
{
	if (!fields.has(name))
		return std::nullopt;
	return number(fields, name, 1, most_places);
}

Checked<NewToken> NewToken::parse(const json &document)
{
	Fields fields = TRY(fields_of(
		document, schema,
		{"id", "organisation", "plan", "machines", "tier", "expires", "secret_sha256"}));
	NewToken token;
	token.id = TRY(component(fields, "id"));
	token.organisation = TRY(line(fields, "organisation"));
	token.plan = TRY(component(fields, "plan"));
	token.machines = TRY(maybe_limit(fields, "machines"));
	token.tier = TRY(component(fields, "tier"));
	token.expires = TRY(time_of(fields, "expires"));
	token.secret_sha256 = TRY(sha256_digits(fields, "secret_sha256"));
	return token;
}

json NewToken::to_json() const
{
	json document = {{"schema", schema},
			 {"id", id},
			 {"organisation", organisation},
			 {"plan", plan},
			 {"tier", tier},
			 {"expires", expires},
			 {"secret_sha256", secret_sha256}};
	if (machines)
		document["machines"] = *machines;
	return document;
}

Checked<Removal> Removal::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"id"}));
	Removal removal;
	removal.id = TRY(component(fields, "id"));
	return removal;
}

json Removal::to_json() const
{
	return {{"schema", schema}, {"id", id}};
}

static Checked<Tokens::Entry> token_of(const Fields &fields)
{
	TRY(check_known(fields, {"id", "organisation", "plan", "tier", "places", "limit", "created",
				 "expires", "revoked"}));
	Tokens::Entry entry;
	entry.id = TRY(component(fields, "id"));
	entry.organisation = TRY(line(fields, "organisation"));
	entry.plan = TRY(component(fields, "plan"));
	entry.tier = TRY(component(fields, "tier"));
	entry.places = TRY(number(fields, "places", 0, most_places));
	entry.limit = TRY(maybe_limit(fields, "limit"));
	entry.created = TRY(time_of(fields, "created"));
	entry.expires = TRY(time_of(fields, "expires"));
	entry.revoked = TRY(maybe_time(fields, "revoked"));
	return entry;
}

Checked<Tokens> Tokens::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"tokens"}));
	Tokens tokens;
	tokens.tokens = TRY(objects(fields, "tokens", most_listed, token_of));
	return tokens;
}

json Tokens::to_json() const
{
	json list = json::array();
	for (const Entry &entry : tokens) {
		json value = {{"id", entry.id},		 {"organisation", entry.organisation},
			      {"plan", entry.plan},	 {"tier", entry.tier},
			      {"places", entry.places},	 {"created", entry.created},
			      {"expires", entry.expires}};
		if (entry.limit)
			value["limit"] = *entry.limit;
		if (entry.revoked)
			value["revoked"] = *entry.revoked;
		list.push_back(std::move(value));
	}
	return {{"schema", schema}, {"tokens", std::move(list)}};
}

static Checked<Machines::Entry> machine_of(const Fields &fields)
{
	TRY(check_known(fields, {"id", "token", "kernel", "host", "tags", "attached", "seen",
				 "verdict", "reason", "repository"}));
	Machines::Entry entry;
	entry.id = TRY(component(fields, "id"));
	entry.token = TRY(component(fields, "token"));
	entry.facts = TRY(MachineFacts::of(fields));
	entry.attached = TRY(time_of(fields, "attached"));
	entry.seen = TRY(time_of(fields, "seen"));
	if (fields.has("verdict"))
		entry.verdict = TRY(component(fields, "verdict"));
	entry.reason = TRY(maybe_line(fields, "reason"));
	if (fields.has("repository"))
		entry.repository = TRY(component(fields, "repository"));
	return entry;
}

Checked<Machines> Machines::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"machines"}));
	Machines machines;
	machines.machines = TRY(objects(fields, "machines", most_listed, machine_of));
	return machines;
}

json Machines::to_json() const
{
	json list = json::array();
	for (const Entry &entry : machines) {
		json value = {{"id", entry.id},
			      {"token", entry.token},
			      {"attached", entry.attached},
			      {"seen", entry.seen}};
		entry.facts.add_to(&value);
		if (entry.verdict)
			value["verdict"] = *entry.verdict;
		if (entry.reason)
			value["reason"] = *entry.reason;
		if (entry.repository)
			value["repository"] = *entry.repository;
		list.push_back(std::move(value));
	}
	return {{"schema", schema}, {"machines", std::move(list)}};
}

static Checked<Audit::Entry> audit_of(const Fields &fields)
{
	TRY(check_known(fields, {"time", "actor", "action", "subject"}));
	Audit::Entry entry;
	entry.time = TRY(time_of(fields, "time"));
	entry.actor = TRY(line(fields, "actor"));
	entry.action = TRY(line(fields, "action"));
	entry.subject = TRY(line(fields, "subject"));
	return entry;
}

Checked<Audit> Audit::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"entries"}));
	Audit audit;
	audit.entries = TRY(objects(fields, "entries", most_listed, audit_of));
	return audit;
}

json Audit::to_json() const
{
	json list = json::array();
	for (const Entry &entry : entries)
		list.push_back({{"time", entry.time},
				{"actor", entry.actor},
				{"action", entry.action},
				{"subject", entry.subject}});
	return {{"schema", schema}, {"entries", std::move(list)}};
}

}
