// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "module_elf.hpp"
#include "selection.hpp"

namespace klp {

// Before 6.2 the kernel looks through all of kallsyms for each livepatch relocation, not for each
// symbol (6.1, kernel/livepatch/core.c, klp_resolve_symbols). Each pass takes some milliseconds, in
// which the CPU does nothing else. So a patch uses a stub for a function that it calls more than
// once: only the jump in the stub is relocated.
bool looks_up_each_relocation(const std::string &vermagic);

class CallStubs {
public:
	explicit CallStubs(ModuleElf &elf) : elf_(elf) {}

	// Counts the calls of a selection. Count all selections before the first redirect().
	void count(const Selection &selection);
	// call: the relocation without a stub. redirect() leaves the only call of a symbol
	// unchanged.
	void redirect(const Selection &selection, const Reference &reference,
		      ModuleElf::Relocation *call);
	// Describes the stubs to the kernel's unwinder.
	void describe(const std::vector<const Selection *> &selections);

private:
	bool is_counted_twice(const Selection &selection, const Reference &reference) const;

	ModuleElf &elf_;
	// The number of calls of each livepatch symbol, and its stub, by the object that must be
	// loaded.
	std::map<std::string, size_t> calls_;
	std::map<std::pair<std::string, ModuleElf::SymbolId>, uint64_t> stubs_;
};

}
