// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "machine_facts.hpp"
#include "secret.hpp"

namespace klp::protocol {

// POST /v1/attach, with the token's secret as the bearer. The machine chooses its id and its own
// secret before it asks, and keeps both: where the answer was lost, the same request once more gets
// the same answer, and no second place is taken.
struct Attach {
	static constexpr const char *schema = "klp.attach/1";

	std::string machine; // 32 hexadecimal digits, new_id()
	std::string secret; // the bearer of all later requests
	bool ephemeral; // its place is free after a day of silence
	MachineFacts facts;

	static Checked<Attach> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Attach &) const = default;
};

struct Attached {
	static constexpr const char *schema = "klp.attach-answer/1";

	std::string organisation, plan, tier;
	int64_t machines; // that have a place under this token, this one among them
	std::optional<int64_t> limit; // of machines; nothing for none
	int64_t interval; // seconds to the next check-in

	static Checked<Attached> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Attached &) const = default;
};

constexpr int64_t least_interval = 60, most_interval = 7 * 24 * 3600; // seconds

}
