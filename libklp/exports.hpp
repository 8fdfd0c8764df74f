// SPDX-License-Identifier: LGPL-2.1-or-later
// Exported symbols and their version checksums.
//
// kallsyms lists an entry __ksymtab_NAME for each export. The entry's place in the table of
// exports gives its place in the parallel table of checksums (__kcrctab). libklp reads this table
// from the kernel's own memory: load_module compares the same numbers. Where the memory may not be
// read, libklp reads Module.symvers of the kernel's headers, if they are installed.
#pragma once

#include "kernel_memory.hpp"
#include "symbol_table.hpp"

#include <map>
#include <optional>

namespace klp {

class Exports {
public:
	Exports(std::string root, std::string release)
	    : root_(std::move(root)), release_(std::move(release))
	{
	}

	static bool contains(const SymbolTable &kallsyms, const std::string &symbol);

	// ENODATA, with the reasons, when no source has the checksum.
	Result<uint32_t> crc(const SymbolTable &kallsyms, const Result<KernelMemory> &memory,
			     const std::string &symbol);

private:
	Result<uint32_t> crc_in_memory(const SymbolTable &kallsyms, const KernelMemory &memory,
				       const std::string &symbol) const;
	Result<uint64_t> table_start(const SymbolTable &kallsyms, const std::string &module,
				     const std::string &table) const;
	Result<uint32_t> crc_in_symvers(const std::string &symbol);

	std::string root_;
	std::string release_;
	std::optional<Result<std::map<std::string, uint32_t>>> symvers_;
};

}
