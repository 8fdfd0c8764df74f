// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "module_elf.hpp"
#include "selection.hpp"

namespace klp {

// Before 6.2 the kernel looks through all of kallsyms for each livepatch relocation, not
// for each symbol (6.1, kernel/livepatch/core.c, klp_resolve_symbols): some milliseconds
// each, in which its CPU does nothing else. So what is called more than once is called
// through a stub, a jump that alone is relocated.
bool looks_up_each_relocation(const std::string &vermagic);

class CallStubs {
public:
	explicit CallStubs(ModuleElf &elf) : elf_(elf) {}

	// The calls of a selection; all are counted before the first is redirected.
	void count(const Selection &selection);
	// call: as it would be without a stub. It stays so if it is the only one.
	void redirect(const Selection &selection, const Reference &reference,
		      ModuleElf::Relocation *call);
	// Tells the kernel's unwinder of them.
	void describe(const std::vector<const Selection *> &selections);

private:
	bool is_counted_twice(const Selection &selection, const Reference &reference) const;

	ModuleElf &elf_;
	// How often each livepatch symbol is called, by who has to be there; and its stub.
	std::map<std::string, size_t> calls_;
	std::map<std::pair<std::string, ModuleElf::SymbolId>, uint64_t> stubs_;
};

}
