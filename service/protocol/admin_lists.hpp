// SPDX-License-Identifier: LGPL-2.1-or-later
// Tokens, machines and the audit, as an operator asks for them and changes them.
#pragma once

#include "machine_facts.hpp"
#include "secret.hpp"

namespace klp::protocol {

// The members of a list, and the bytes of its document: a machine has 16 tags of two components.
constexpr size_t most_listed = 1000, largest_list = 8 * 1024 * 1024;

// POST /v1/admin/token. klp-admin makes the secret, and the hub gets its hash only.
struct NewToken {
	static constexpr const char *schema = "klp.new-token/1";

	std::string id; // a component
	std::string organisation; // one line
	std::string plan;
	std::optional<int64_t> machines; // the limit, of a plan that lets its owner choose
	std::string tier;
	int64_t expires;
	std::string secret_sha256;

	static Checked<NewToken> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const NewToken &) const = default;
};

// POST /v1/admin/token-revoke and /v1/admin/machine-remove.
struct Removal {
	static constexpr const char *schema = "klp.removal/1";

	std::string id; // a component

	static Checked<Removal> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Removal &) const = default;
};

// GET /v1/admin/tokens.
struct Tokens {
	static constexpr const char *schema = "klp.tokens/1";
	static constexpr size_t largest = largest_list;

	struct Entry {
		std::string id, organisation, plan, tier;
		int64_t places; // that are taken
		std::optional<int64_t> limit;
		int64_t created, expires;
		std::optional<int64_t> revoked;

		bool operator==(const Entry &) const = default;
	};
	std::vector<Entry> tokens;

	static Checked<Tokens> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Tokens &) const = default;
};

// GET /v1/admin/machines: those that are attached, the last seen first.
struct Machines {
	static constexpr const char *schema = "klp.machines/1";
	static constexpr size_t largest = largest_list;

	struct Entry {
		std::string id, token;
		MachineFacts facts;
		int64_t attached, seen;
		std::optional<std::string> verdict, reason, repository; // of the last check-in

		bool operator==(const Entry &) const = default;
	};
	std::vector<Entry> machines;

	static Checked<Machines> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Machines &) const = default;
};

// GET /v1/admin/audit: the newest first.
struct Audit {
	static constexpr const char *schema = "klp.audit/1";
	static constexpr size_t largest = largest_list;

	struct Entry {
		int64_t time;
		std::string actor, action, subject;

		bool operator==(const Entry &) const = default;
	};
	std::vector<Entry> entries;

	static Checked<Audit> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Audit &) const = default;
};

}
