// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "kernel_memory.hpp"
#include "symbol_table.hpp"

#include <vector>

namespace klp {

// Where ftrace can redirect, by address: the kernel's own records, read from its
// memory. tracefs lists the same places by one name each, which takes the kernel four
// times as long and does not tell two functions of one name apart before 6.5.
//
// A module that is unloaded while they are read can leave stale records in the
// answer; so "it is there" counts, and "it isn't" is for tracefs to confirm.
class FtraceSites {
public:
	// ENODATA where the records are not found, or don't look as they did from 6.1
	// to 7.3.
	static Result<FtraceSites> read(const KernelMemory &memory, const SymbolTable &kallsyms);

	// At a function's address, or behind its ENDBR (klp_get_ftrace_location()).
	bool has(uint64_t function) const;

private:
	std::vector<uint64_t> addresses_; // sorted
};

}
