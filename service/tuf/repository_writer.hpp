// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "durable_folder.hpp"
#include "metadata.hpp"

namespace klp::tuf {

// Contents of metadata, to be signed by sign(). They have the specification's fields only; an owner
// adds fields of its own to the result.
struct RoleKeys {
	std::vector<const nlohmann::json *> keys; // SigningKey::public_key() of each
	int64_t threshold;
};
nlohmann::json root_content(int64_t version, int64_t expires,
			    const std::map<std::string, RoleKeys> &roles);

struct Delegation {
	std::string name;
	RoleKeys keys;
	std::vector<std::string> paths;
	bool terminating;
};
nlohmann::json targets_content(int64_t version, int64_t expires,
			       const std::vector<Delegation> &delegations);

// The facts on a target, with SHA-256, for "targets" of targets_content(). custom may be null.
nlohmann::json target_content(std::string_view bytes, const nlohmann::json &custom);

// What snapshot and timestamp state about a file.
nlohmann::json announced(int64_t version, std::string_view file);
// snapshot is announced() of it.
nlohmann::json timestamp_content(int64_t version, int64_t expires, const nlohmann::json &snapshot);

// A repository with consistent snapshots in a folder: metadata/ and targets/, which any web server
// can serve. What was written once never changes, but for timestamp.json, which is replaced last of
// all: at any instant a reader finds a complete repository. One writer at a time: EBUSY for
// another.
class RepositoryWriter {
public:
	// Makes the folder if it is not there. Reads which versions were published.
	static Checked<RepositoryWriter> open(const std::string &folder);

	// Stores N.root.json. The file's version has to be the one after the last. The last file
	// may be stored again, as a writer does that goes on with what another began.
	Checked<> add_root(std::string_view file);

	// Stores a target below targets/, under its hash. The same bytes may be stored again.
	// Paths, and names of roles, have only what a URL has unescaped: each server then finds the
	// file.
	Checked<> add_target(const std::string &path, std::string_view bytes);

	// Stores VERSION.ROLE.json, of a version above version_of(), for the next publish(). The
	// last file may be stored again.
	// The writer does not know the delegator's keys; klp-admin and the hub verify signatures
	// before.
	Checked<> add_targets_metadata(const std::string &role, std::string_view file);

	// The content of the next snapshot: all roles of the last one, and those added since. Its
	// version is above any that was stored, by a writer that died before its timestamp, too.
	nlohmann::json next_snapshot(int64_t expires) const;
	// Stores the signed snapshot, and returns the content of the timestamp that announces it.
	Checked<nlohmann::json> add_snapshot(std::string_view file, int64_t expires);
	// A timestamp that announces the last snapshot once more.
	Checked<nlohmann::json> next_timestamp(int64_t expires) const;
	// From here on readers see what was added.
	Checked<> publish(std::string_view timestamp);

	// The highest version that was stored, also by a writer that died before it published it; 0
	// before the first. Not for the timestamp.
	int64_t version_of(const std::string &role) const;

	int64_t timestamp_version() const { return timestamp_version_; } // 0 before the first

	// The file of a role as readers see it: of the last timestamp, or of what was added since;
	// of the root the last one. Nothing if there is none.
	Checked<std::optional<std::string>> file_of(const std::string &role) const;

private:
	RepositoryWriter(std::string folder, DurableFolder metadata)
	    : folder_(std::move(folder)), metadata_(std::move(metadata))
	{
	}
	Checked<> read_versions();
	Checked<> read_published();
	Checked<std::string> read_metadata(const std::string &name) const;
	Checked<> store(const std::string &role, int64_t version, std::string_view file);

	std::string folder_;
	DurableFolder metadata_;
	std::map<std::string, int64_t> stored_; // the highest version, by "ROLE.json"
	int64_t timestamp_version_ = 0;
	nlohmann::json roles_ = nlohmann::json::object(); // "meta" of the next snapshot
	nlohmann::json snapshot_; // "snapshot.json" of the next timestamp; null before the first
};

}
