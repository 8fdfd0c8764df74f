// SPDX-License-Identifier: LGPL-2.1-or-later
#include "object.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"
#include "object_reader.hpp"

#include <algorithm>

namespace klp {

// Larger than any single unit of a kernel with its debug information.
static constexpr size_t object_size_limit = 1u << 28;

size_t relocation_width(uint32_t type)
{
	switch (type) {
	case R_X86_64_64:
	case R_X86_64_PC64:
		return 8;
	case R_X86_64_32:
	case R_X86_64_32S:
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
		return 4;
	default:
		return 0;
	}
}

bool is_pc_relative(uint32_t type)
{
	return type == R_X86_64_PC32 || type == R_X86_64_PLT32 || type == R_X86_64_PC64;
}

std::string base_name(std::string_view name)
{
	std::string base;
	while (!name.empty()) {
		size_t dot = std::min(name.find('.', 1), name.size());
		std::string_view part = name.substr(0, dot);
		bool number = part.size() > 1 && part[0] == '.' &&
			      std::ranges::all_of(part.substr(1),
						  [](unsigned char c) { return isdigit(c); });
		if (!number)
			base += part;
		name.remove_prefix(dot);
	}
	// __COUNTER__ grows with each use in the unit.
	if (base.starts_with("__UNIQUE_ID_")) {
		while (isdigit(static_cast<unsigned char>(base.back())))
			base.pop_back();
	}
	return base;
}

Result<Object> Object::open(const std::string &path)
{
	std::vector<std::byte> bytes = TRY(read_bytes(path, object_size_limit));
	return parse(path, std::move(bytes));
}

Result<Object> Object::parse(const std::string &path, std::vector<std::byte> bytes)
{
	ElfFile elf = TRY(ElfFile::parse(path, std::move(bytes)));
	if (elf.machine() != EM_X86_64)
		return fail(ENOTSUP, "%s: made for machine %u, not for x86-64 (%u)", path.c_str(),
			    elf.machine(), EM_X86_64);
	return ObjectReader(std::move(elf)).read();
}

PieceId Object::find(std::string_view name) const
{
	auto found = names_.find(name);
	return found == names_.end() ? no_piece : found->second;
}

bool Object::exports(std::string_view name) const
{
	// EXPORT_SYMBOL() leaves a string of this name, in every release since 2.6.
	std::string label = "__kstrtab_" + std::string(name);
	std::string marker = "__export_symbol_" + std::string(name);
	return std::ranges::any_of(elf_->symbols(), [&](const ElfSymbol &symbol) {
		return symbol.section != SHN_UNDEF &&
		       (symbol.name == label || symbol.name == marker);
	});
}

}
