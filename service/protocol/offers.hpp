// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

namespace klp::protocol {

constexpr int64_t whole_share = 10'000;

// A version that a tier has, with the facts that releases has, too: the agent compares them.
struct Offer {
	int64_t version;
	std::string path; // "patches/RELEASE/BUILDID/NAME.ko", of the document's kernel
	int64_t length; // bytes
	std::string sha256;
	int64_t share; // of the machines, in 1/10,000: 0 to whole_share

	bool operator==(const Offer &) const = default;
};

// The target tiers/TIER/RELEASE/BUILDID.json; the hub signs it, with the online role tiers.
struct Offers {
	static constexpr const char *schema = "klp.tier/1";
	static constexpr size_t largest = largest_published;
	static constexpr size_t most = 100; // offers

	std::string tier;
	KernelId kernel; // tier and kernel are those of the path
	std::vector<Offer> offers; // at most one a version

	static Checked<Offers> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Offers &) const = default;
};

}
