// SPDX-License-Identifier: LGPL-2.1-or-later
// Which version is offered in which tier: the requests of operators.
#pragma once

#include "offers.hpp"

namespace klp::protocol {

constexpr size_t most_tiers = 16;

// The tiers in their order, the least stable first: GET and POST /v1/admin/tiers.
struct Tiers {
	static constexpr const char *schema = "klp.tiers/1";

	std::vector<std::string> tiers; // components, at least one

	static Checked<Tiers> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Tiers &) const = default;
};

// POST /v1/admin/promote.
struct Promotion {
	static constexpr const char *schema = "klp.promote/1";

	KernelId kernel;
	int64_t version;
	std::string tier;
	int64_t share; // of the machines, in 1/10,000: 1 to whole_share

	static Checked<Promotion> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Promotion &) const = default;
};

// POST /v1/admin/promote-all: all that one tier offers to all machines, in another tier, too.
struct PromotionOfAll {
	static constexpr const char *schema = "klp.promote-all/1";

	std::string from, to;

	static Checked<PromotionOfAll> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const PromotionOfAll &) const = default;
};

// POST /v1/admin/block: no tier offers the version from now on. Where it is applied it stays.
struct Block {
	static constexpr const char *schema = "klp.block/1";

	KernelId kernel;
	int64_t version;

	static Checked<Block> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Block &) const = default;
};

}
