// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "image/kernel_image.hpp"
#include "kernel_memory.hpp"
#include "symbol_table.hpp"

#include <vector>

namespace klp {

// The addresses where ftrace can redirect: the kernel's own records, read from its memory. tracefs
// lists the same places by one name each. The tracefs list takes the kernel four times as long,
// and does not tell two functions of one name apart before 6.5.
//
// A module that comes or goes during the reading can be missing from the answer, or leave stale
// records in it. tracefs has to confirm "not there"; a stale "there" ends in the kernel's refusal.
class FtraceSites {
public:
	// ENODATA where the records are not found, or do not have the format of 6.1 to 7.3.
	static Result<FtraceSites> read(const KernelMemory &memory, const SymbolTable &kallsyms);
	// The sites that ftrace finds when it starts (__mcount_loc), but for those of functions
	// that the kernel frees after boot (ftrace_free_init_mem()). ENODATA as above.
	static Result<FtraceSites> of_image(const KernelImage &image);

	// Whether there is a site at a function's address, or behind its ENDBR
	// (klp_get_ftrace_location()).
	bool has(uint64_t function) const;

private:
	std::vector<uint64_t> addresses_; // sorted
};

}
