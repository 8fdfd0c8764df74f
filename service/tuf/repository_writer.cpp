// SPDX-License-Identifier: LGPL-2.1-or-later
#include "repository_writer.hpp"
#include "../../libklp/file.hpp"
#include "../../libklp/module/digest.hpp"
#include "role_names.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <sys/stat.h>

namespace klp::tuf {

using nlohmann::json;

namespace {

constexpr size_t largest_metadata = 16 << 20;
constexpr size_t largest_target = 256 << 20;

std::string sha256_of(std::string_view bytes)
{
	return sha256(std::as_bytes(std::span(bytes)));
}

json common_content(const char *type, int64_t version, int64_t expires)
{
	return {{"_type", type},
		{"spec_version", "1.0.31"},
		{"version", version},
		{"expires", time_text(expires)}};
}

// The keyids of a role, whose keys go into keys.
json role_content(const RoleKeys &role, json *keys)
{
	json keyids = json::array();
	for (const json *key : role.keys) {
		std::string keyid = keyid_of(*key);
		keyids.push_back(keyid);
		(*keys)[keyid] = *key;
	}
	return {{"keyids", keyids}, {"threshold", role.threshold}};
}

// The version that the name of a file begins with: "12.targets.json"; else 0.
int64_t version_in(const std::string &name)
{
	int64_t version = 0;
	auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), version);
	return error == std::errc() && *end == '.' ? version : 0;
}

Checked<> make_folder(const std::string &path)
{
	if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
		return refuse(FaultKind::local, "cannot make '%s': %s", path.c_str(),
			      strerror(errno));
	return {};
}

// A target's path names folders below targets/. Servers differ in what they make of an escape in a
// URL, so there is none.
bool is_plain_path(const std::string &path)
{
	std::string whole = "/" + path + "/";
	return whole.find("//") == std::string::npos && whole.find("/./") == std::string::npos &&
	       whole.find("/../") == std::string::npos && url_escaped_path(path) == path;
}

// The version of a role that readers see, or will see by the next timestamp: the root's by its
// number alone, so the highest that is stored, all others by the snapshot. 0 if there is none.
int64_t version_seen(const std::string &role, int64_t stored, const json &snapshot,
		     const json &roles)
{
	if (role == "root")
		return stored;
	if (role == "snapshot")
		return snapshot.is_null() ? 0 : snapshot["version"].get<int64_t>();
	auto found = roles.find(role + ".json");
	return found == roles.end() ? 0 : (*found)["version"].get<int64_t>();
}

// A file's version, of a file that has the type.
Checked<int64_t> version_of_file(const std::string &name, std::string_view bytes, const char *type)
{
	SignedFile file = TRY(SignedFile::parse(name, bytes));
	std::string actual = TRY(file.content().text("_type"));
	if (actual != type)
		return refuse(FaultKind::malformed, "%s: the type is '%s' instead of '%s'",
			      name.c_str(), actual.c_str(), type);
	return file.content().number("version", 1);
}

}

json root_content(int64_t version, int64_t expires, const std::map<std::string, RoleKeys> &roles)
{
	json content = common_content("root", version, expires), keys = json::object();
	for (const auto &[name, role] : roles)
		content["roles"][name] = role_content(role, &keys);
	content["keys"] = std::move(keys);
	content["consistent_snapshot"] = true;
	return content;
}

json targets_content(int64_t version, int64_t expires, const std::vector<Delegation> &delegations)
{
	json content = common_content("targets", version, expires);
	content["targets"] = json::object();
	if (delegations.empty())
		return content;
	json keys = json::object(), roles = json::array();
	for (const Delegation &delegation : delegations) {
		json role = role_content(delegation.keys, &keys);
		role["name"] = delegation.name;
		role["paths"] = delegation.paths;
		role["terminating"] = delegation.terminating;
		roles.push_back(std::move(role));
	}
	content["delegations"] = {{"keys", std::move(keys)}, {"roles", std::move(roles)}};
	return content;
}

json announced(int64_t version, std::string_view file)
{
	return {{"version", version},
		{"length", file.size()},
		{"hashes", {{"sha256", sha256_of(file)}}}};
}

json timestamp_content(int64_t version, int64_t expires, const json &snapshot)
{
	json content = common_content("timestamp", version, expires);
	content["meta"] = {{"snapshot.json", snapshot}};
	return content;
}

json target_content(std::string_view bytes, const json &custom)
{
	json content = {{"length", bytes.size()}, {"hashes", {{"sha256", sha256_of(bytes)}}}};
	if (!custom.is_null())
		content["custom"] = custom;
	return content;
}

Checked<RepositoryWriter> RepositoryWriter::open(const std::string &folder)
{
	TRY(make_folder(folder));
	TRY(make_folder(folder + "/targets"));
	DurableFolder metadata = TRY(DurableFolder::open(folder + "/metadata"));
	RepositoryWriter writer(folder, std::move(metadata));
	TRY(writer.read_versions());
	TRY(writer.read_published());
	return writer;
}

// A writer may have died between a file and the timestamp that publishes it: the next version is
// above that one.
Checked<> RepositoryWriter::read_versions()
{
	std::vector<std::string> names = TRY(metadata_.names());
	for (const std::string &name : names) {
		int64_t version = version_in(name);
		if (version == 0)
			continue;
		int64_t &highest = stored_[name.substr(name.find('.') + 1)];
		highest = std::max(highest, version);
	}
	return {};
}

Checked<std::string> RepositoryWriter::read_metadata(const std::string &name) const
{
	std::optional<std::string> bytes = TRY(metadata_.read(name, largest_metadata));
	if (!bytes)
		return refuse(FaultKind::local, "'%s/%s' is missing", metadata_.path().c_str(),
			      name.c_str());
	return *bytes;
}

Checked<> RepositoryWriter::read_published()
{
	std::optional<std::string> bytes = TRY(metadata_.read("timestamp.json", largest_metadata));
	if (!bytes)
		return {};
	SignedFile timestamp_file = TRY(SignedFile::parse("timestamp.json", *bytes));
	Timestamp timestamp = TRY(Timestamp::parse(timestamp_file));
	timestamp_version_ = timestamp.version;
	snapshot_ = timestamp.content["meta"]["snapshot.json"];
	std::string name = metadata_path("snapshot", timestamp.snapshot.version);
	std::string snapshot_bytes = TRY(read_metadata(name));
	TRY(timestamp.snapshot.check(name, snapshot_bytes));
	SignedFile snapshot_file = TRY(SignedFile::parse(name, snapshot_bytes));
	TRY(Snapshot::parse(snapshot_file));
	roles_ = snapshot_file.content().value()["meta"];
	return {};
}

Checked<> RepositoryWriter::store(const std::string &role, int64_t version, std::string_view file)
{
	const std::string name = metadata_path(role, version);
	if (version > 0 && version == version_of(role)) {
		std::string there = TRY(read_metadata(name));
		if (there == file)
			return {};
	}
	// Nobody has seen what a writer stored that died before its timestamp.
	int64_t seen = version_seen(role, version_of(role), snapshot_, roles_);
	if (version <= seen)
		return refuse(FaultKind::rollback, "%s.json: version %lld follows %lld",
			      role.c_str(), static_cast<long long>(version),
			      static_cast<long long>(seen));
	if (version <= version_of(role))
		TRY(metadata_.replace(name, file));
	else
		TRY(metadata_.create(name, file));
	int64_t &highest = stored_[metadata_path(role, 0)];
	highest = std::max(highest, version);
	return {};
}

Checked<> RepositoryWriter::add_root(std::string_view file)
{
	int64_t version = TRY(version_of_file("root.json", file, "root"));
	if (version > version_of("root") + 1)
		return refuse(FaultKind::malformed, "root.json: version %lld follows %lld",
			      static_cast<long long>(version),
			      static_cast<long long>(version_of("root")));
	return store("root", version, file);
}

Checked<> RepositoryWriter::add_target(const std::string &path, std::string_view bytes)
{
	if (!is_plain_path(path))
		return refuse(FaultKind::local,
			      "'%s': a target's path has no empty part, '.' or '..', and nothing "
			      "that a URL escapes",
			      path.c_str());
	size_t name = path.rfind('/') + 1; // 0 where there is no '/'
	std::string folder = folder_ + "/targets";
	for (size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1))
		TRY(make_folder(folder + "/" + path.substr(0, end)));
	DurableFolder durable =
		TRY(DurableFolder::open(folder + (name ? "/" + path.substr(0, name - 1) : "")));
	std::string hashed = sha256_of(bytes) + "." + path.substr(name);
	Result<> created = durable.create(hashed, bytes);
	if (created)
		return {};
	if (created.error().code != EEXIST)
		return std::unexpected(Fault(created.error()));
	std::optional<std::string> there = TRY(durable.read(hashed, largest_target));
	if (there != bytes)
		return refuse(FaultKind::local, "'%s/%s' has bytes of another hash",
			      durable.path().c_str(), hashed.c_str());
	return {};
}

int64_t RepositoryWriter::version_of(const std::string &role) const
{
	auto found = stored_.find(metadata_path(role, 0));
	return found == stored_.end() ? 0 : found->second;
}

Checked<std::optional<std::string>> RepositoryWriter::file_of(const std::string &role) const
{
	int64_t version = version_seen(role, version_of(role), snapshot_, roles_);
	if (version == 0 && !(role == "timestamp" && timestamp_version_ > 0))
		return std::nullopt;
	std::string bytes = TRY(read_metadata(metadata_path(role, version)));
	return bytes;
}

Checked<> RepositoryWriter::add_targets_metadata(const std::string &role, std::string_view file)
{
	if (role.empty() || url_escaped(role) != role)
		return refuse(FaultKind::local, "'%s': a role's name has A-Z a-z 0-9 _ . - ~ only",
			      role.c_str());
	int64_t version = TRY(version_of_file(role + ".json", file, "targets"));
	TRY(store(role, version, file));
	roles_[role + ".json"] = announced(version, file);
	return {};
}

json RepositoryWriter::next_snapshot(int64_t expires) const
{
	json content = common_content("snapshot", version_of("snapshot") + 1, expires);
	content["meta"] = roles_;
	return content;
}

Checked<json> RepositoryWriter::add_snapshot(std::string_view file, int64_t expires)
{
	int64_t version = TRY(version_of_file("snapshot.json", file, "snapshot"));
	TRY(store("snapshot", version, file));
	snapshot_ = announced(version, file);
	return next_timestamp(expires);
}

Checked<json> RepositoryWriter::next_timestamp(int64_t expires) const
{
	if (snapshot_.is_null())
		return refuse(FaultKind::local, "'%s' has no snapshot yet", folder_.c_str());
	return timestamp_content(timestamp_version_ + 1, expires, snapshot_);
}

Checked<> RepositoryWriter::publish(std::string_view timestamp)
{
	int64_t version = TRY(version_of_file("timestamp.json", timestamp, "timestamp"));
	if (version <= timestamp_version_)
		return refuse(FaultKind::rollback, "timestamp.json: version %lld follows %lld",
			      static_cast<long long>(version),
			      static_cast<long long>(timestamp_version_));
	TRY(metadata_.replace("timestamp.json", timestamp));
	timestamp_version_ = version;
	return {};
}

}
