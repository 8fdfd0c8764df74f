// SPDX-License-Identifier: LGPL-2.1-or-later
#include "repository_state.hpp"
#include "../protocol/keyids.hpp"
#include "../protocol/roles.hpp"
#include "../tuf/client.hpp"
#include "../tuf/trusted_set.hpp"

namespace klp::hub {

using tuf::Checked;
using tuf::FaultKind;
using tuf::SignedFile;
using tuf::Targets;
using tuf::TrustedSet;

constexpr std::string_view offline_roles[] = {"root", "targets", "releases", "recalls"};

Checked<RepositoryState> read_state(const tuf::RepositoryWriter &writer)
{
	RepositoryState state;
	for (const char *role :
	     {"root", "targets", "releases", "recalls", "tiers", "snapshot", "timestamp"}) {
		std::optional<std::string> file = TRY(writer.file_of(role));
		if (file)
			state[role] = std::move(*file);
	}
	return state;
}

static Checked<TrustedSet> trusted_root(const RepositoryState &before, const RepositoryState &after,
					int64_t now)
{
	const std::string &root = after.at("root");
	auto old = before.find("root");
	TrustedSet trusted = TRY(TrustedSet::start(old == before.end() ? root : old->second, now));
	if (old != before.end() && old->second != root)
		TRY(trusted.replace_root(root));
	TRY(trusted.finish_root());
	return trusted;
}

// As for a client, a copy that the new root's keys did not sign counts as absent.
static Checked<> take_announcements(TrustedSet *trusted, const RepositoryState &before,
				    const RepositoryState &after)
{
	if (before.contains("timestamp"))
		(void)trusted->recall_timestamp(before.at("timestamp"));
	bool is_new = TRY(trusted->take_timestamp(after.at("timestamp")));
	if (!is_new)
		return tuf::refuse(FaultKind::rollback, "timestamp.json: is no newer one");
	if (before.contains("snapshot"))
		(void)trusted->recall_snapshot(before.at("snapshot"));
	if (!trusted->has_current_snapshot())
		TRY(trusted->take_snapshot(after.at("snapshot")));
	return {};
}

// A file that was published before may have expired since: clients refuse its role alone, and the
// hub still has to sign all else, and to take back an offer. Its expiry is what check_targets()
// looks at last, so the keys of today signed it.
static Checked<Targets> role_in(const TrustedSet &trusted, const std::string &role,
				const tuf::Authority &authority, const RepositoryState &before,
				const RepositoryState &after)
{
	Checked<Targets> targets = trusted.check_targets(role, authority, after.at(role));
	auto old = before.find(role);
	bool is_old = old != before.end() && old->second == after.at(role);
	if (!targets && targets.error().kind == FaultKind::expired && is_old)
		return targets_in(after, role);
	return targets;
}

static size_t limit_of(const std::string &role)
{
	const tuf::Client::Limits limits;
	if (role == "root")
		return limits.root;
	if (role == "timestamp")
		return limits.timestamp;
	return role == "snapshot" ? limits.snapshot : limits.targets;
}

static Checked<> check_sizes(const RepositoryState &state)
{
	for (const auto &[role, file] : state)
		if (file.size() > limit_of(role))
			return tuf::refuse(FaultKind::mixed,
					   "%s.json: has %zu bytes, and clients take %zu at most",
					   role.c_str(), file.size(), limit_of(role));
	return {};
}

Checked<> check_is_whole(const RepositoryState &state)
{
	for (std::string_view role : offline_roles)
		if (!state.contains(std::string(role)))
			return tuf::refuse(FaultKind::mixed,
					   "the repository would have no '%s'; begin with all that "
					   "'klp-admin init' made",
					   std::string(role).c_str());
	return {};
}

static Checked<> check_all_keyids(const RepositoryState &state)
{
	for (std::string_view role : offline_roles) {
		const std::string name(role);
		SignedFile file = TRY(SignedFile::parse(name + ".json", state.at(name)));
		TRY(protocol::check_keyids(file));
	}
	return {};
}

Checked<std::map<std::string, Targets>> verify_state(const RepositoryState &before,
						     const RepositoryState &after, int64_t now)
{
	TRY(check_sizes(after));
	TRY(check_is_whole(after));
	TRY(check_all_keyids(after));
	TrustedSet trusted = TRY(trusted_root(before, after, now));
	TRY(take_announcements(&trusted, before, after));
	std::map<std::string, Targets> roles;
	Targets top = TRY(
		role_in(trusted, "targets", trusted.root().authority("targets"), before, after));
	TRY(protocol::check_delegations(top));
	for (const tuf::DelegatedRole &delegated : top.delegations->roles) {
		Targets role =
			TRY(role_in(trusted, delegated.name,
				    {&top.delegations->keys, &delegated.role}, before, after));
		for (const auto &[path, target] : role.targets)
			if (!delegated.covers(path))
				return tuf::refuse(
					FaultKind::mixed,
					"%s.json: lists '%s', which is no path of this role",
					delegated.name.c_str(), path.c_str());
		roles[delegated.name] = std::move(role);
	}
	roles["targets"] = std::move(top);
	return roles;
}

Checked<Targets> targets_in(const RepositoryState &state, const std::string &role)
{
	auto found = state.find(role);
	if (found == state.end())
		return Targets{};
	SignedFile file = TRY(SignedFile::parse(role + ".json", found->second));
	return Targets::parse(file);
}

Checked<int64_t> version_in(const RepositoryState &state, const std::string &role)
{
	auto found = state.find(role);
	if (found == state.end())
		return 0;
	SignedFile file = TRY(SignedFile::parse(role + ".json", found->second));
	return file.content().number("version", 1);
}

}
