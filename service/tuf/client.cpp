// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client.hpp"
#include "delegations.hpp"
#include "role_names.hpp"

#include <algorithm>

namespace klp::tuf {

namespace {

std::string file_of(const std::string &role)
{
	return flat_file_name(role) + ".json";
}

// The length that another file announces, if it is below the limit.
size_t limit_of(const FileFacts &facts, size_t limit)
{
	return facts.length ? std::min<uint64_t>(*facts.length, limit) : limit;
}

// The hash by which a repository names the target's file.
std::string hash_in_name(const Target &target)
{
	auto found = target.hashes.find("sha256");
	return found != target.hashes.end() ? found->second : target.hashes.at("sha512");
}

}

Checked<> trust_root(DurableFolder &metadata, std::string_view root)
{
	TRY(TrustedSet::start(root, 0));
	TRY(metadata.replace(file_of("root"), root));
	return {};
}

Checked<Client> Client::refresh(DurableFolder &metadata, Transport &transport,
				const std::string &metadata_url, int64_t now, const Limits &limits)
{
	std::optional<std::string> root = TRY(metadata.read(file_of("root"), limits.root));
	if (!root)
		return refuse(FaultKind::local, "'%s' has no trusted root: no root.json",
			      metadata.path().c_str());
	TrustedSet trusted = TRY(TrustedSet::start(*root, now));
	Client client(metadata, transport, metadata_url, limits, std::move(trusted));
	TRY(client.update_root());
	TRY(client.update_timestamp());
	TRY(client.update_snapshot());
	client.top_ =
		TRY(client.load_targets("targets", client.trusted_.root().authority("targets")));
	return client;
}

Checked<std::string> Client::fetch_metadata(const std::string &role, int64_t version, size_t limit)
{
	return transport_.fetch(below(metadata_url_, metadata_path(role, version)), limit);
}

Checked<std::string> Client::fetch_announced(const std::string &role, const VersionedFile &facts,
					     size_t limit)
{
	int64_t version = trusted_.root().consistent_snapshot ? facts.version : 0;
	return fetch_metadata(role, version, limit_of(facts, limit));
}

Checked<> Client::update_root()
{
	for (size_t i = 0; i < limits_.new_roots; i++) {
		Checked<std::string> next =
			fetch_metadata("root", trusted_.root().version + 1, limits_.root);
		if (!next && next.error().kind == FaultKind::absent)
			return trusted_.finish_root();
		if (!next)
			return std::unexpected(next.error());
		TRY(trusted_.replace_root(*next));
		TRY(metadata_.replace(file_of("root"), *next));
	}
	return refuse(FaultKind::endless, "root.json: more than %zu newer versions",
		      limits_.new_roots);
}

Checked<> Client::update_timestamp()
{
	const std::string name = file_of("timestamp");
	std::optional<std::string> copy = TRY(metadata_.read(name, limits_.timestamp));
	// A refused copy counts as absent (trusted_set.hpp), here and below.
	if (copy)
		(void)trusted_.recall_timestamp(*copy);
	std::string bytes = TRY(fetch_metadata("timestamp", 0, limits_.timestamp));
	bool is_new = TRY(trusted_.take_timestamp(bytes));
	if (is_new)
		TRY(metadata_.replace(name, bytes));
	return {};
}

Checked<> Client::update_snapshot()
{
	const std::string name = file_of("snapshot");
	std::optional<std::string> copy = TRY(metadata_.read(name, limits_.snapshot));
	if (copy)
		(void)trusted_.recall_snapshot(*copy);
	if (trusted_.has_current_snapshot())
		return {};
	std::string bytes =
		TRY(fetch_announced("snapshot", trusted_.timestamp().snapshot, limits_.snapshot));
	TRY(trusted_.take_snapshot(bytes));
	TRY(metadata_.replace(name, bytes));
	return {};
}

// A role that several roles delegate to is verified for each, the local copy too: nothing that was
// verified for one delegator counts for another.
Checked<Targets> Client::load_targets(const std::string &role, const Authority &authority)
{
	const VersionedFile *facts = TRY(trusted_.facts_of(role));
	const std::string name = file_of(role);
	std::optional<std::string> copy = TRY(metadata_.read(name, limits_.targets));
	if (copy) {
		Checked<Targets> targets = trusted_.check_targets(role, authority, *copy);
		if (targets)
			return targets;
	}
	std::string bytes = TRY(fetch_announced(role, *facts, limits_.targets));
	Targets targets = TRY(trusted_.check_targets(role, authority, bytes));
	TRY(metadata_.replace(name, bytes));
	return targets;
}

Checked<Target> Client::find(const std::string &path)
{
	return find_target(path, top_, limits_.delegated_roles,
			   [this](const std::string &role, const Authority &authority) {
				   return load_targets(role, authority);
			   });
}

Checked<Targets> Client::read_role(const std::string &role)
{
	if (top_.delegations)
		for (const DelegatedRole &delegated : top_.delegations->roles)
			if (delegated.name == role)
				return load_targets(role,
						    {&top_.delegations->keys, &delegated.role});
	return refuse(FaultKind::not_listed, "targets.json: delegates to no role '%s'",
		      role.c_str());
}

Checked<std::string> Client::fetch(const std::string &path, const Target &target,
				   const std::string &targets_url)
{
	if (!target.has_known_hash())
		return refuse(FaultKind::mixed, "%s: has neither a sha256 nor a sha512",
			      path.c_str());
	if (static_cast<uint64_t>(*target.length) > limits_.target)
		return refuse(FaultKind::endless, "%s: has more than %zu bytes", path.c_str(),
			      limits_.target);
	std::string hash = trusted_.root().consistent_snapshot ? hash_in_name(target) : "";
	std::string bytes =
		TRY(transport_.fetch(below(targets_url, target_path(path, hash)), *target.length));
	TRY(target.check(path, bytes));
	return bytes;
}

Checked<> Client::download(const std::string &path, const Target &target,
			   const std::string &targets_url, DurableFolder &folder)
{
	const std::string name = flat_file_name(path);
	std::optional<std::string> copy = TRY(folder.read(name, limits_.target));
	if (copy && target.has_known_hash() && target.check(path, *copy))
		return {};
	std::string bytes = TRY(fetch(path, target, targets_url));
	TRY(folder.replace(name, bytes));
	return {};
}

}
