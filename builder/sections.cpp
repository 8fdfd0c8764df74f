// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sections.hpp"

#include <algorithm>
#include <cstdio>

namespace klp {

static constexpr SectionKind kinds[] = {
#define SECTION(pattern, fate, relocations, meaning)                                               \
	{pattern, SectionFate::fate, relocations, meaning},
#include "sections.def"
#undef SECTION
};

std::span<const SectionKind> section_kinds()
{
	return kinds;
}

const char *name_of(SectionFate fate)
{
	switch (fate) {
	case SectionFate::function:
		return "functions";
	case SectionFate::stretch:
		return "code without names";
	case SectionFate::variable:
		return "variables";
	case SectionFate::constant:
		return "constants";
	case SectionFate::per_cpu:
		return "per-CPU variables";
	case SectionFate::kept:
		return "variables, kept under this name";
	case SectionFate::companion:
		return "entries that go with a variable or function";
	case SectionFate::type_ids:
		return "lists of BTF types";
	case SectionFate::declaration:
		return "declarations to klp-build";
	case SectionFate::table:
		return "a table about code";
	case SectionFate::init:
		return "memory that is given back";
	case SectionFate::registration:
		return "read at boot or at loading";
	case SectionFate::kernel_table:
	case SectionFate::boot_table:
		return "a list of the kernel's own";
	case SectionFate::left_out:
		return "not in a patch";
	}
	__builtin_unreachable();
}

// One '*' stands for anything; a '?' at the end stands for a rest that begins with no dot.
static bool fits(std::string_view name, std::string_view pattern)
{
	size_t star = pattern.find('*');
	if (pattern.ends_with('?')) {
		std::string_view start = pattern.substr(0, pattern.size() - 1);
		return name.size() > start.size() && name.starts_with(start) &&
		       name[start.size()] != '.';
	}
	if (star == std::string_view::npos)
		return name == pattern;
	std::string_view start = pattern.substr(0, star), end = pattern.substr(star + 1);
	return name.size() >= start.size() + end.size() && name.starts_with(start) &&
	       name.ends_with(end);
}

const SectionKind *section_kind(std::string_view name)
{
	const SectionKind *found = std::ranges::find_if(
		kinds, [&](const SectionKind &kind) { return fits(name, kind.pattern); });
	return found == std::end(kinds) ? nullptr : found;
}

bool has_fate(std::string_view name, SectionFate fate)
{
	const SectionKind *kind = section_kind(name);
	return kind && kind->fate == fate;
}

bool is_strings(const ElfSection &section)
{
	return (section.flags & SHF_MERGE) && (section.flags & SHF_STRINGS);
}

bool is_literals(const ElfSection &section)
{
	return (section.flags & SHF_MERGE) && !(section.flags & SHF_STRINGS);
}

static std::string hex(uint64_t number)
{
	char text[32];
	snprintf(text, sizeof(text), "%#llx", static_cast<unsigned long long>(number));
	return text;
}

// Code is executable and nothing else is. klp-build does not know other flags, which tell the
// loader or the linker what to do with a section.
static std::string why_unlike(const ElfSection &section, SectionFate fate)
{
	static constexpr uint64_t known = SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR | SHF_MERGE |
					  SHF_STRINGS | SHF_INFO_LINK | SHF_LINK_ORDER;
	bool code = fate == SectionFate::function || fate == SectionFate::stretch;
	bool is_code = section.flags & SHF_EXECINSTR;
	if (section.flags & ~known)
		return "has the flags " + hex(section.flags);
	if (section.type != SHT_PROGBITS && section.type != SHT_NOBITS && section.type != SHT_NOTE)
		return "is of type " + hex(section.type);
	if (code != is_code && fate != SectionFate::init && fate != SectionFate::kernel_table &&
	    fate != SectionFate::left_out)
		return code ? "is not executable" : "is executable";
	if (code && (section.flags & SHF_WRITE))
		return "is code, and writable";
	if (!(section.flags & SHF_MERGE))
		return "";
	// Since 6.19 tables have the size of their entries, as mergeable sections do.
	if (fate == SectionFate::table && !is_strings(section))
		return "";
	if (fate != SectionFate::constant && fate != SectionFate::registration &&
	    fate != SectionFate::init && fate != SectionFate::left_out)
		return "is mergeable";
	bool width = section.entry_size == 1 || section.entry_size == 2 || section.entry_size == 4;
	if (is_strings(section) && !width)
		return "has strings of characters of " + std::to_string(section.entry_size) +
		       " bytes";
	if (section.entry_size == 0 || section.size % section.entry_size != 0)
		return "has " + std::to_string(section.size) + " bytes in entries of " +
		       std::to_string(section.entry_size);
	return "";
}

std::string why_unknown(const ElfSection &section)
{
	if (!(section.flags & SHF_ALLOC) || section.size == 0)
		return "";
	const SectionKind *kind = section_kind(section.name);
	return kind ? why_unlike(section, kind->fate) : "is in no list of what klp-build knows";
}

}
