// SPDX-License-Identifier: LGPL-2.1-or-later
// One table (sections.def) has all sections of an object that the builder knows, and the fate of
// each section. klp-build refuses a section that is not in the table, or that has a type or flags
// that no object of the kernel has.
#pragma once

#include "../libklp/module/elf.hpp"

#include <span>

namespace klp {

enum class SectionFate {
	function, // named code, into .text
	stretch, // code without names, which alternatives refer to
	variable, // into .data or .bss
	constant, // into .rodata; or mergeable strings and literals, by the section's flags
	per_cpu, // into .data..percpu
	kept, // variables, included under the section's own name
	companion, // entries, included under this name with their targets
	type_ids, // lists of BTF types
	declaration, // declarations of the fix to klp-build
	table, // entries about code
	init, // freed after booting or loading
	registration, // read at boot or at loading; a new entry is left out
	kernel_table, // a new entry is refused where something uses it
	boot_table, // a new entry is refused
	left_out, // not in the patch
};

const char *name_of(SectionFate fate);

struct SectionKind {
	std::string_view pattern;
	SectionFate fate;
	size_t relocations; // in each entry of a table
	const char *meaning;
};

std::span<const SectionKind> section_kinds();
// nullptr for an unknown name.
const SectionKind *section_kind(std::string_view name);
bool has_fate(std::string_view name, SectionFate fate);

bool is_strings(const ElfSection &section);
bool is_literals(const ElfSection &section);
// Why klp-build refuses the section; "" if it does not.
std::string why_unknown(const ElfSection &section);

}
