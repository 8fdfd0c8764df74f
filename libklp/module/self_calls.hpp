// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a replacement calls the function that it replaces by the kernel's symbol, an import or a
// livepatch symbol: livepatch sends this call to the replacement again. SelfCalls also follows the
// functions of the module that the replacement calls.
//
// SelfCalls sees direct calls and jumps. A pointer that the module looks up when it runs
// (kallsyms_lookup_name(), a kprobe) is not in the file.
#pragma once

#include "by_place.hpp"
#include "elf.hpp"

#include <klp/patch_file.hpp>
#include <map>
#include <set>

namespace klp {

class SelfCalls {
public:
	// E2BIG where a file has more calls than SelfCalls follows.
	static Result<> find(const ElfFile &elf, std::vector<PatchedObject> *objects);

private:
	// A symbol of the kernel, with the object that a livepatch symbol names; an import has no
	// object.
	struct Outside {
		std::string_view object;
		std::string_view name;
	};
	struct Calls {
		std::vector<const ElfSymbol *> inside;
		std::vector<Outside> outside;
	};

	explicit SelfCalls(const ElfFile &elf) : elf_(&elf) {}
	Result<> read_relocations(const ElfSection &rela);
	const ElfSymbol *function_at(uint32_t section, uint64_t end, int64_t distance) const;
	const ElfSymbol *callee_at(Where place) const;
	const Calls &calls_of(const ElfSymbol &function);
	Result<bool> calls_itself(const std::string &object, const PatchedFunction &function);

	const ElfFile *elf_;
	std::map<Where, const ElfSymbol *> functions_;
	std::multimap<std::string_view, const ElfSymbol *> by_name_;
	// By the place of a call's distance.
	ByPlace<Where> inside_;
	ByPlace<Outside> outside_;
	std::map<const ElfSymbol *, Calls> calls_; // of functions that were read
	size_t followed_ = 0;
};

}
