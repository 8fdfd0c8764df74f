// SPDX-License-Identifier: LGPL-2.1-or-later
#include "metadata.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace klp::tuf {

using nlohmann::json;

namespace {

constexpr std::array top_level_roles = {"root", "timestamp", "snapshot", "targets"};

// The fields that all four kinds have. Minor versions of the specification may add what this
// reader does not know, so it takes 1.0 only.
struct Common {
	int64_t version, expires;
};

Checked<Common> parse_common(const Fields &fields, const char *type)
{
	std::string actual = TRY(fields.text("_type"));
	if (actual != type)
		return refuse(FaultKind::malformed, "%s: the type is '%s' instead of '%s'",
			      fields.where().c_str(), actual.c_str(), type);
	std::string specification = TRY(fields.text("spec_version"));
	std::string_view patch = specification;
	bool is_known = patch == "1.0";
	if (patch.starts_with("1.0.") && patch.size() > 4)
		is_known = patch.find_first_not_of("0123456789", 4) == std::string_view::npos;
	if (!is_known)
		return fields.refuse_field("spec_version", "1.0 or 1.0.x");
	int64_t version = TRY(fields.number("version", 1));
	std::string expires_text = TRY(fields.text("expires"));
	std::optional<int64_t> expires = time_of(expires_text);
	if (!expires)
		return fields.refuse_field("expires", "a time such as 2026-11-29T12:00:00Z");
	return Common{version, *expires};
}

Checked<Role> parse_role(const Fields &fields)
{
	std::vector<std::string> keyids = TRY(fields.texts("keyids"));
	int64_t threshold = TRY(fields.number("threshold", 1));
	return Role{std::move(keyids), threshold};
}

Checked<Keys> parse_keys(const Fields &fields)
{
	Fields values = TRY(fields.object("keys"));
	Keys keys;
	for (const auto &[keyid, value] : values.value().items()) {
		if (!value.is_object())
			return values.refuse_field(keyid.c_str(), "an object");
		keys.emplace(keyid, PublicKey::parse(value));
	}
	return keys;
}

Checked<std::map<std::string, std::string>> parse_hashes(const Fields &fields)
{
	Fields values = TRY(fields.object("hashes"));
	std::map<std::string, std::string> hashes;
	for (const auto &[algorithm, value] : values.value().items()) {
		std::string digits = TRY(values.text(algorithm.c_str()));
		if (digits.empty() || !from_hexadecimal(digits))
			return values.refuse_field(algorithm.c_str(), "hexadecimal digits");
		std::ranges::transform(digits, digits.begin(),
				       [](char digit) { return std::tolower(digit); });
		hashes[algorithm] = std::move(digits);
	}
	if (hashes.empty())
		return fields.refuse_field("hashes", "one hash or more");
	return hashes;
}

Checked<VersionedFile> parse_versioned_file(const Fields &fields)
{
	VersionedFile file = {};
	file.version = TRY(fields.number("version", 1));
	if (fields.has("length"))
		file.length = TRY(fields.number("length", 0));
	if (fields.has("hashes"))
		file.hashes = TRY(parse_hashes(fields));
	return file;
}

Checked<Target> parse_target(const Fields &fields)
{
	Target target;
	target.length = TRY(fields.number("length", 0));
	target.hashes = TRY(parse_hashes(fields));
	target.custom = fields.value().value("custom", json());
	return target;
}

Checked<DelegatedRole> parse_delegated_role(const Fields &fields)
{
	std::string name = TRY(fields.text("name"));
	if (name.empty() || std::ranges::find(top_level_roles, name) != top_level_roles.end())
		return fields.refuse_field("name", "a name that a delegated role may have");
	Role role = TRY(parse_role(fields));
	bool terminating = TRY(fields.flag("terminating"));
	DelegatedRole delegated = {name, std::move(role), terminating, {}, {}};
	if (fields.has("paths") == fields.has("path_hash_prefixes"))
		return refuse(FaultKind::malformed,
			      "%s: '%s' must have either paths or path_hash_prefixes",
			      fields.where().c_str(), name.c_str());
	if (fields.has("paths"))
		delegated.paths = TRY(fields.texts("paths"));
	else
		delegated.hash_prefixes = TRY(fields.texts("path_hash_prefixes"));
	return delegated;
}

Checked<SuccinctRoles> parse_succinct_roles(const Fields &fields)
{
	Role role = TRY(parse_role(fields));
	int64_t bit_length = TRY(fields.number("bit_length", 1));
	std::string name_prefix = TRY(fields.text("name_prefix"));
	if (bit_length > 32)
		return fields.refuse_field("bit_length", "from 1 to 32");
	return SuccinctRoles{std::move(role), static_cast<int>(bit_length), std::move(name_prefix)};
}

Checked<Delegations> parse_delegations(const Fields &fields)
{
	Delegations delegations;
	delegations.keys = TRY(parse_keys(fields));
	if (fields.has("roles") == fields.has("succinct_roles"))
		return refuse(FaultKind::malformed,
			      "%s: there must be either roles or succinct_roles",
			      fields.where().c_str());
	if (fields.has("succinct_roles")) {
		Fields succinct = TRY(fields.object("succinct_roles"));
		delegations.succinct = TRY(parse_succinct_roles(succinct));
		return delegations;
	}
	const json *roles = TRY(fields.any("roles"));
	if (!roles->is_array())
		return fields.refuse_field("roles", "a list");
	std::set<std::string> names;
	for (const json &value : *roles) {
		Fields role_fields = TRY(Fields::of(fields.where() + ": roles", value));
		DelegatedRole role = TRY(parse_delegated_role(role_fields));
		if (!names.insert(role.name).second)
			return refuse(FaultKind::malformed, "%s: the role '%s' stands there twice",
				      fields.where().c_str(), role.name.c_str());
		delegations.roles.push_back(std::move(role));
	}
	return delegations;
}

}

Checked<Root> Root::parse(const SignedFile &file)
{
	Fields fields = file.content();
	Common common = TRY(parse_common(fields, "root"));
	Root root = {common.version, common.expires, false, {}, {}};
	// The specification has the field; repositories from before it leave it out.
	if (fields.has("consistent_snapshot"))
		root.consistent_snapshot = TRY(fields.flag("consistent_snapshot"));
	root.keys = TRY(parse_keys(fields));
	Fields roles = TRY(fields.object("roles"));
	for (const char *name : top_level_roles) {
		Fields role_fields = TRY(roles.object(name));
		Role role = TRY(parse_role(role_fields));
		root.roles.emplace(name, std::move(role));
	}
	return root;
}

Checked<Timestamp> Timestamp::parse(const SignedFile &file)
{
	Fields fields = file.content();
	Common common = TRY(parse_common(fields, "timestamp"));
	Fields files = TRY(fields.object("meta"));
	Fields snapshot_fields = TRY(files.object("snapshot.json"));
	VersionedFile snapshot = TRY(parse_versioned_file(snapshot_fields));
	return Timestamp{common.version, common.expires, std::move(snapshot), fields.value()};
}

Checked<Snapshot> Snapshot::parse(const SignedFile &file)
{
	Fields fields = file.content();
	Common common = TRY(parse_common(fields, "snapshot"));
	Fields files = TRY(fields.object("meta"));
	Snapshot snapshot = {common.version, common.expires, {}};
	for (const auto &[name, value] : files.value().items()) {
		constexpr std::string_view suffix = ".json";
		if (!name.ends_with(suffix))
			return files.refuse_field(name.c_str(), "the name of a JSON file");
		Fields file_fields = TRY(Fields::of(files.where() + ": " + name, value));
		VersionedFile facts = TRY(parse_versioned_file(file_fields));
		snapshot.roles.emplace(name.substr(0, name.size() - suffix.size()),
				       std::move(facts));
	}
	return snapshot;
}

Checked<Targets> Targets::parse(const SignedFile &file)
{
	Fields fields = file.content();
	Common common = TRY(parse_common(fields, "targets"));
	Fields files = TRY(fields.object("targets"));
	Targets targets = {common.version, common.expires, {}, std::nullopt};
	for (const auto &[path, value] : files.value().items()) {
		Fields target_fields = TRY(Fields::of(files.where() + ": " + path, value));
		Target target = TRY(parse_target(target_fields));
		targets.targets.emplace(path, std::move(target));
	}
	if (fields.has("delegations")) {
		Fields delegation_fields = TRY(fields.object("delegations"));
		targets.delegations = TRY(parse_delegations(delegation_fields));
	}
	return targets;
}

}
