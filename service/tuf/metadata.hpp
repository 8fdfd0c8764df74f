// SPDX-License-Identifier: LGPL-2.1-or-later
// The four kinds of metadata. Each parse() refuses, as malformed, what the specification does not
// have, and keeps no field that is unknown here: SignedFile verifies these.
#pragma once

#include "signed_file.hpp"

namespace klp::tuf {

// The facts that a file of metadata states about another file, or a target. Where a length or hash
// is not stated, anything fits.
struct FileFacts {
	std::optional<int64_t> length; // bytes
	std::map<std::string, std::string> hashes; // "sha256" to hexadecimal digits

	// Refuses, as mixed, bytes that have another length or hash. Hashes of unknown algorithms
	// are not compared.
	Checked<> check(const std::string &name, std::string_view bytes) const;
	bool has_known_hash() const;
};

struct VersionedFile : FileFacts {
	int64_t version; // at least 1
};

struct Root {
	static Checked<Root> parse(const SignedFile &file);
	Authority authority(const char *role) const { return {&keys, &roles.at(role)}; }

	int64_t version, expires; // expires is in seconds since 1970, UTC, as everywhere
	bool consistent_snapshot;
	Keys keys;
	std::map<std::string, Role> roles; // the four of the top level
};

struct Timestamp {
	static Checked<Timestamp> parse(const SignedFile &file);

	int64_t version, expires;
	VersionedFile snapshot;
	nlohmann::json content; // all that is signed, for a user's own fields
};

struct Snapshot {
	static Checked<Snapshot> parse(const SignedFile &file);

	int64_t version, expires;
	std::map<std::string, VersionedFile> roles; // by name, without ".json"
};

struct Target : FileFacts {
	nlohmann::json custom; // null if there is none
};

struct DelegatedRole {
	bool covers(const std::string &path) const;

	std::string name;
	Role role;
	bool terminating;
	std::vector<std::string> paths; // patterns; empty where there are hash_prefixes
	std::vector<std::string> hash_prefixes; // of the SHA-256 of a path, in hexadecimal
};

// 2^bit_length roles, of which each has the paths whose SHA-256 begins with the role's number.
struct SuccinctRoles {
	std::string name_of_role_for(const std::string &path) const;

	Role role;
	int bit_length; // 1 to 32
	std::string name_prefix;
};

struct Delegations {
	Keys keys;
	std::vector<DelegatedRole> roles; // in the order in which they are searched
	std::optional<SuccinctRoles> succinct; // then there are no others
};

struct Targets {
	static Checked<Targets> parse(const SignedFile &file);

	int64_t version, expires;
	std::map<std::string, Target> targets; // by path
	std::optional<Delegations> delegations;
};

// Whether the path has the pattern. '*' stands for any characters but '/', '?' for one of these;
// all others stand for themselves.
bool matches(std::string_view pattern, std::string_view path);

// Seconds since 1970 of "2026-11-29T12:00:00Z" or "2026-11-29T12:00:00.5Z", rounded down, else
// nothing; and the other way.
std::optional<int64_t> time_of(const std::string &text);
std::string time_text(int64_t seconds);

}
