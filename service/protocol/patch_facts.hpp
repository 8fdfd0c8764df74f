// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

#include <map>

namespace klp::protocol {

// The custom part of the target patches/RELEASE/BUILDID/NAME.ko; the role releases signs it.
struct PatchFacts {
	static constexpr const char *schema = "klp.patch/1";
	static constexpr size_t largest = largest_published;

	int64_t version;
	std::string build_id; // of vmlinux
	std::map<std::string, std::string> modules; // build ids of the target modules, by name
	std::vector<std::string> replaces; // names of functions
	bool removable;

	static Checked<PatchFacts> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const PatchFacts &) const = default;
};

}
