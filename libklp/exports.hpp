// SPDX-License-Identifier: LGPL-2.1-or-later
// Exported symbols, their version checksums, and the terms on which modules get them.
//
// kallsyms lists an entry __ksymtab_NAME for each export. The entry's place in the table of
// exports gives its place in the parallel table of checksums (__kcrctab). libklp reads this table
// from the kernel's own memory: load_module compares the same numbers. The table itself tells which
// modules get the symbol: it is that of the GPL-only exports, or has flags beside it (7.x), and an
// entry has a namespace. Where the memory may not be read, libklp reads Module.symvers of the
// kernel's headers, if they are installed.
#pragma once

#include "kernel_memory.hpp"
#include "symbol_table.hpp"

#include <klp/module_facts.hpp>
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

	// ENODATA, with the reasons, when no source has the fact.
	Result<uint32_t> crc(const SymbolTable &kallsyms, const Result<KernelMemory> &memory,
			     const std::string &symbol);
	Result<ExportTerms> terms(const SymbolTable &kallsyms, const Result<KernelMemory> &memory,
				  const std::string &symbol);

private:
	// An entry of a table of exports.
	struct Entry {
		std::string module; // "" for vmlinux
		uint64_t address;
		uint64_t index;
		bool is_gpl; // the table is __ksymtab_gpl
	};
	struct Listed { // in Module.symvers
		uint32_t crc;
		ExportTerms terms;
	};

	Result<Entry> entry_of(const SymbolTable &kallsyms, const std::string &symbol) const;
	Result<uint64_t> table_start(const SymbolTable &kallsyms, const std::string &module,
				     const std::string &table) const;
	Result<uint32_t> crc_in_memory(const SymbolTable &kallsyms, const KernelMemory &memory,
				       const std::string &symbol) const;
	Result<ExportTerms> terms_in_memory(const SymbolTable &kallsyms, const KernelMemory &memory,
					    const std::string &symbol) const;
	static Result<std::map<std::string, Listed>> read_symvers(const std::string &path);
	Result<Listed> in_symvers(const std::string &symbol);
	template <typename Fact>
	Result<Fact> fact(Result<Fact> in_memory, const std::string &symbol, Fact Listed::*listed);

	std::string root_;
	std::string release_;
	std::optional<Result<std::map<std::string, Listed>>> symvers_;
};

}
