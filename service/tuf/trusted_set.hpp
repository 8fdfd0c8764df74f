// SPDX-License-Identifier: LGPL-2.1-or-later
// The state machine of the client workflow (section 5 of the specification): which bytes may follow
// which. It reads no file, no network and no clock.
//
// The order of calls is that of the workflow: start(), replace_root() for each newer root,
// finish_root(), recall_timestamp(), take_timestamp(), recall_snapshot(), take_snapshot() unless
// has_current_snapshot(), check_targets(). "Recall" is for the local copy of an earlier run: it has
// to be signed by today's keys, may have expired, and serves as the base of rollback checks. A copy
// without such signatures counts as absent. A repository can therefore recover from a fast-forward
// attack by new keys.
#pragma once

#include "metadata.hpp"

namespace klp::tuf {

class TrustedSet {
public:
	// The root that the user trusts, expired or not. It has to be signed by its own keys. now
	// is the start of the update, for all expirations.
	static Checked<TrustedSet> start(std::string_view root, int64_t now);

	// Takes the root of exactly the next version, signed by the keys of both.
	Checked<> replace_root(std::string_view bytes);
	// Refuses a last root that has expired.
	Checked<> finish_root() const;

	Checked<> recall_timestamp(std::string_view bytes);
	// False if it has the version of the recalled one, which then stays.
	Checked<bool> take_timestamp(std::string_view bytes);

	Checked<> recall_snapshot(std::string_view bytes);
	// Whether the recalled snapshot is the one that the timestamp announces.
	bool has_current_snapshot() const;
	Checked<> take_snapshot(std::string_view bytes);

	// The snapshot's facts on a targets role; refuses a role that it does not list.
	Checked<const VersionedFile *> facts_of(const std::string &role) const;
	// The role's metadata, if the snapshot announces it and authority signed it, and it has not
	// expired. A local copy has to pass the same.
	Checked<Targets> check_targets(const std::string &role, const Authority &authority,
				       std::string_view bytes) const;

	const Root &root() const { return root_; }
	const Timestamp &timestamp() const { return *timestamp_; } // after take_timestamp()

private:
	struct SnapshotCopy {
		Snapshot content;
		bool is_announced; // length and hashes, too, are those of the timestamp
	};

	TrustedSet(Root root, int64_t now) : root_(std::move(root)), now_(now) {}
	Checked<> check_expiry(const std::string &name, int64_t expires) const;
	Checked<> check_rollback(const Snapshot &snapshot) const;

	Root root_;
	int64_t now_;
	std::optional<Timestamp> timestamp_;
	std::optional<SnapshotCopy> snapshot_;
};

}
