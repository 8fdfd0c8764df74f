// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mirror.hpp"
#include "../../libklp/file.hpp"
#include "../tuf/client.hpp"
#include "../tuf/folder_transport.hpp"
#include "../tuf/role_names.hpp"
#include "../tuf/trusted_set.hpp"
#include "repository_state.hpp"

#include <filesystem>

namespace klp::hub {

using tuf::Checked;
using tuf::Client;
using tuf::DurableFolder;
using tuf::FaultKind;

namespace {

constexpr const char *metadata_url = "folder:metadata", *targets_url = "folder:targets";
constexpr int64_t before_all_expiries = 0;
// Readers in other languages have floating-point numbers alone, and the hub goes on above it.
constexpr int64_t highest_version = int64_t{1} << 52;

constexpr const char *targets_roles[] = {"targets", "releases", "recalls", "tiers"};

// As a client that has seen what the backup has.
Checked<> remember(DurableFolder *seen, const RepositoryState &backup)
{
	if (!backup.contains("root"))
		return tuf::refuse(
			FaultKind::local,
			"the backup was made before the first upload, and has no root to verify "
			"the mirror by; take a later backup");
	for (const auto &[role, bytes] : backup)
		TRY(seen->replace(role + ".json", bytes));
	return {};
}

// The last file of each role, as the client verified and stored it.
Checked<RepositoryState> verified_files(const DurableFolder &seen)
{
	RepositoryState state;
	for (const char *role :
	     {"root", "targets", "releases", "recalls", "tiers", "snapshot", "timestamp"}) {
		const std::string name = std::string(role) + ".json";
		std::optional<std::string> bytes = TRY(seen.read(name, Client::Limits().targets));
		if (!bytes)
			return tuf::refuse(FaultKind::absent, "the mirror has no %s", name.c_str());
		state[role] = std::move(*bytes);
		int64_t version = TRY(version_in(state, role));
		if (version > highest_version)
			return tuf::refuse(FaultKind::malformed,
					   "%s: is version %lld; expected %lld at most",
					   name.c_str(), static_cast<long long>(version),
					   static_cast<long long>(highest_version));
	}
	return state;
}

// The client keeps the last root alone, and others find each one by its number. A mirror may change
// after the client has read it.
Checked<> add_roots(tuf::RepositoryWriter *writer, tuf::FolderTransport *transport,
		    const RepositoryState &backup, int64_t last)
{
	tuf::TrustedSet trusted =
		TRY(tuf::TrustedSet::start(backup.at("root"), before_all_expiries));
	for (int64_t version = writer->version_of("root") + 1; version <= last; version++) {
		std::string bytes = TRY(transport->fetch(
			std::string(metadata_url) + "/" + tuf::metadata_path("root", version),
			Client::Limits().root));
		TRY(trusted.replace_root(bytes));
		TRY(writer->add_root(bytes));
	}
	return {};
}

// The backup has most of them.
Checked<> add_targets(tuf::RepositoryWriter *writer, Client *client, const std::string &repository,
		      const RepositoryState &state)
{
	for (const char *role : targets_roles) {
		tuf::Targets listed = TRY(targets_in(state, role));
		for (const auto &[path, target] : listed.targets) {
			auto hash = target.hashes.find("sha256");
			if (hash != target.hashes.end() &&
			    exists(repository + "/targets/" + tuf::target_path(path, hash->second)))
				continue;
			std::string bytes = TRY(client->fetch(path, target, targets_url));
			TRY(writer->add_target(path, bytes));
		}
	}
	return {};
}

// In the order in which a hub publishes.
Checked<> add_metadata(tuf::RepositoryWriter *writer, const RepositoryState &backup,
		       const RepositoryState &mirrored)
{
	auto is_new = [&](const char *role) {
		auto old = backup.find(role);
		return old == backup.end() || old->second != mirrored.at(role);
	};
	for (const char *role : targets_roles)
		if (is_new(role))
			TRY(writer->add_targets_metadata(role, mirrored.at(role)));
	if (is_new("snapshot"))
		TRY(writer->add_snapshot(mirrored.at("snapshot"), before_all_expiries));
	if (is_new("timestamp"))
		TRY(writer->publish(mirrored.at("timestamp")));
	return {};
}

Checked<> add_verified(const HubFolder &folder, const std::string &mirror, DurableFolder *seen)
{
	tuf::RepositoryWriter writer = TRY(tuf::RepositoryWriter::open(folder.repository()));
	RepositoryState backup = TRY(read_state(writer));
	TRY(remember(seen, backup));
	tuf::FolderTransport transport = TRY(tuf::FolderTransport::open(mirror));
	Client client = TRY(Client::refresh(*seen, transport, metadata_url, before_all_expiries,
					    Client::Limits()));
	for (const char *role : {"releases", "recalls", "tiers"})
		TRY(client.read_role(role));
	RepositoryState mirrored = TRY(verified_files(*seen));
	int64_t last_root = TRY(version_in(mirrored, "root"));
	TRY(add_targets(&writer, &client, folder.repository(), mirrored));
	TRY(add_roots(&writer, &transport, backup, last_root));
	return add_metadata(&writer, backup, mirrored);
}

}

Checked<> add_mirror(const HubFolder &folder, const std::string &mirror)
{
	const std::string scratch = folder.path() + "/mirror";
	{
		DurableFolder seen = TRY(DurableFolder::open(scratch));
		Checked<> added = add_verified(folder, mirror, &seen);
		if (!added)
			return tuf::refuse(added.error().kind, "the mirror '%s': %s",
					   mirror.c_str(), added.error().message.c_str());
	}
	std::error_code error;
	std::filesystem::remove_all(scratch, error);
	if (error)
		return tuf::refuse(FaultKind::local, "cannot remove '%s': %s", scratch.c_str(),
				   error.message().c_str());
	return {};
}

}
