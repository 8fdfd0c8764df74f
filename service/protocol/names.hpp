// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace klp::protocol {

constexpr size_t longest_component = 128; // bytes

// One part of a path in the repository, or a name in a document: letters, digits and "._+-", from 1
// to longest_component of them, the first no '.': "..", and files that begin with a dot, have no
// name here.
bool is_component(std::string_view text);

bool is_lower_hexadecimal(std::string_view text);

// Two builds of one release exist, so a kernel is both.
struct KernelId {
	std::string release; // a component
	std::string build_id; // of vmlinux, in hexadecimal

	auto operator<=>(const KernelId &) const = default;
};

// A machine whose build id cannot be seen has none here. It is served by release never.
struct RunningKernel {
	std::string release;
	std::optional<std::string> build_id;

	bool operator==(const RunningKernel &) const = default;
};

}
