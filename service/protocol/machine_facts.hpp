// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

#include <map>

namespace klp::protocol {

constexpr size_t most_tags = 16;

// Facts on a machine that an owner may want to find it by. Host name and tags are left out where
// the owner switched them off.
struct MachineFacts {
	RunningKernel kernel;
	std::optional<std::string> host; // a component
	std::map<std::string, std::string> tags; // components

	// Reads "kernel", "host" and "tags" of a document.
	static Checked<MachineFacts> of(const Fields &fields);
	void add_to(nlohmann::json *document) const;

	bool operator==(const MachineFacts &) const = default;
};

}
