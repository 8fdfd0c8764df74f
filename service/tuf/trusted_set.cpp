// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trusted_set.hpp"

namespace klp::tuf {

// A version in a message.
static long long number(int64_t version)
{
	return version;
}

Checked<> TrustedSet::check_expiry(const std::string &name, int64_t expires) const
{
	if (now_ < expires)
		return {};
	return refuse(FaultKind::expired, "%s: expired at %s; now it is %s", name.c_str(),
		      time_text(expires).c_str(), time_text(now_).c_str());
}

Checked<TrustedSet> TrustedSet::start(std::string_view bytes, int64_t now)
{
	SignedFile file = TRY(SignedFile::parse("root.json", bytes));
	Root root = TRY(Root::parse(file));
	TRY(file.verify(root.authority("root")));
	return TrustedSet(std::move(root), now);
}

Checked<> TrustedSet::replace_root(std::string_view bytes)
{
	std::string name = std::to_string(root_.version + 1) + ".root.json";
	SignedFile file = TRY(SignedFile::parse(name, bytes));
	Root next = TRY(Root::parse(file));
	TRY(file.verify(root_.authority("root")));
	TRY(file.verify(next.authority("root")));
	if (next.version != root_.version + 1)
		return refuse(next.version <= root_.version ? FaultKind::rollback
							    : FaultKind::mixed,
			      "%s: has version %lld", name.c_str(), number(next.version));
	root_ = std::move(next);
	return {};
}

Checked<> TrustedSet::finish_root() const
{
	return check_expiry("root.json", root_.expires);
}

Checked<> TrustedSet::recall_timestamp(std::string_view bytes)
{
	SignedFile file = TRY(SignedFile::parse("timestamp.json", bytes));
	TRY(file.verify(root_.authority("timestamp")));
	timestamp_ = TRY(Timestamp::parse(file));
	return {};
}

Checked<bool> TrustedSet::take_timestamp(std::string_view bytes)
{
	SignedFile file = TRY(SignedFile::parse("timestamp.json", bytes));
	TRY(file.verify(root_.authority("timestamp")));
	Timestamp next = TRY(Timestamp::parse(file));
	if (timestamp_ && next.version < timestamp_->version)
		return refuse(FaultKind::rollback, "timestamp.json: version %lld follows %lld",
			      number(next.version), number(timestamp_->version));
	if (timestamp_ && next.version == timestamp_->version) {
		TRY(check_expiry("timestamp.json", timestamp_->expires));
		return false;
	}
	if (timestamp_ && next.snapshot.version < timestamp_->snapshot.version)
		return refuse(FaultKind::rollback,
			      "timestamp.json: announces version %lld of snapshot.json after %lld",
			      number(next.snapshot.version), number(timestamp_->snapshot.version));
	TRY(check_expiry("timestamp.json", next.expires));
	timestamp_ = std::move(next);
	return true;
}

Checked<> TrustedSet::recall_snapshot(std::string_view bytes)
{
	SignedFile file = TRY(SignedFile::parse("snapshot.json", bytes));
	TRY(file.verify(root_.authority("snapshot")));
	Snapshot snapshot = TRY(Snapshot::parse(file));
	bool is_announced = snapshot.version == timestamp_->snapshot.version &&
			    timestamp_->snapshot.check("snapshot.json", bytes);
	snapshot_ = {std::move(snapshot), is_announced};
	return {};
}

bool TrustedSet::has_current_snapshot() const
{
	return snapshot_ && snapshot_->is_announced && now_ < snapshot_->content.expires;
}

// No role may vanish or go back.
Checked<> TrustedSet::check_rollback(const Snapshot &next) const
{
	if (!snapshot_)
		return {};
	for (const auto &[role, facts] : snapshot_->content.roles) {
		auto found = next.roles.find(role);
		if (found == next.roles.end())
			return refuse(FaultKind::rollback, "snapshot.json: no longer lists '%s'",
				      role.c_str());
		if (found->second.version < facts.version)
			return refuse(FaultKind::rollback,
				      "snapshot.json: announces version %lld of '%s' after %lld",
				      number(found->second.version), role.c_str(),
				      number(facts.version));
	}
	return {};
}

Checked<> TrustedSet::take_snapshot(std::string_view bytes)
{
	TRY(timestamp_->snapshot.check("snapshot.json", bytes));
	SignedFile file = TRY(SignedFile::parse("snapshot.json", bytes));
	TRY(file.verify(root_.authority("snapshot")));
	Snapshot next = TRY(Snapshot::parse(file));
	if (next.version != timestamp_->snapshot.version)
		return refuse(FaultKind::mixed,
			      "snapshot.json: has version %lld; timestamp.json announces %lld",
			      number(next.version), number(timestamp_->snapshot.version));
	TRY(check_rollback(next));
	TRY(check_expiry("snapshot.json", next.expires));
	snapshot_ = {std::move(next), true};
	return {};
}

Checked<const VersionedFile *> TrustedSet::facts_of(const std::string &role) const
{
	auto found = snapshot_->content.roles.find(role);
	if (found == snapshot_->content.roles.end())
		return refuse(FaultKind::mixed, "snapshot.json: does not list the role '%s'",
			      role.c_str());
	return &found->second;
}

Checked<Targets> TrustedSet::check_targets(const std::string &role, const Authority &authority,
					   std::string_view bytes) const
{
	const VersionedFile *facts = TRY(facts_of(role));
	std::string name = role + ".json";
	TRY(facts->check(name, bytes));
	SignedFile file = TRY(SignedFile::parse(name, bytes));
	TRY(file.verify(authority));
	Targets targets = TRY(Targets::parse(file));
	if (targets.version != facts->version)
		return refuse(FaultKind::mixed,
			      "%s: has version %lld; snapshot.json announces %lld", name.c_str(),
			      number(targets.version), number(facts->version));
	TRY(check_expiry(name, targets.expires));
	return targets;
}

}
