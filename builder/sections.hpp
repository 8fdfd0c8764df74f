// SPDX-License-Identifier: LGPL-2.1-or-later
// One table (sections.def) has all sections of an object that the builder knows, and says what
// becomes of each. Whatever is not in it, or is there with a type or flags that no object
// of the kernel has, refuses the build.
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
	kept, // variables that go in under the section's own name
	companion, // entries that go in, under this name, with what they refer to
	type_ids, // lists of BTF types
	declaration, // what the fix says to klp-build
	table, // entries about code
	init, // given back after booting or loading
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
// nullptr for a name that is in none of them.
const SectionKind *section_kind(std::string_view name);
bool has_fate(std::string_view name, SectionFate fate);

bool is_strings(const ElfSection &section);
bool is_literals(const ElfSection &section);
// Why the section refuses a build, "" where it doesn't.
std::string why_unknown(const ElfSection &section);

}
