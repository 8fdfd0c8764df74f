// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

namespace klp::protocol {

enum class ProblemKind {
	malformed, // the request is not as the OpenAPI document has it
	too_large,
	unauthorised, // no secret, or none that the hub knows
	expired, // the token
	limit, // of the token's plan
	forbidden, // the bearer's role may not do this
	refused, // well-formed, and against a rule or a signature
	conflict, // another machine has this id or secret, or another report this number
	not_found,
	not_allowed, // another method
	busy, // later once more
	internal,
};
inline constexpr std::array problem_words = {
	"malformed", "too-large", "unauthorised", "expired",	 "limit", "forbidden",
	"refused",   "conflict",  "not-found",	  "not-allowed", "busy",  "internal"};

constexpr size_t longest_message = 1000; // characters of Unicode

// The body of each answer that is none of success.
struct Problem {
	static constexpr const char *schema = "klp.problem/1";

	ProblemKind kind;
	std::string message; // one line for a person

	static Checked<Problem> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Problem &) const = default;
};

// The answer of /healthz while the hub serves.
struct Health {
	static constexpr const char *schema = "klp.health/1";

	std::string version; // of klp-hub

	static Checked<Health> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Health &) const = default;
};

}
