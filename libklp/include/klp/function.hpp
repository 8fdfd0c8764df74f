// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace [[gnu::visibility("default")]] klp {

// A function as a livepatch names it.
struct FunctionName {
	std::string object; // "vmlinux" or a module's
	std::string name;
	unsigned long sympos; // 0: the name is unique
};

// Where code lies in memory, [start, end).
struct CodeRange {
	enum class Part {
		whole, // from the function's symbol to the next symbol: livepatch looks for this
		       // range on stacks
		cold, // split off by the compiler; livepatch does not look for this range
	};
	uint64_t start, end;
	Part part;
};

}
