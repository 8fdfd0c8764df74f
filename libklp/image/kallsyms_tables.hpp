// SPDX-License-Identifier: LGPL-2.1-or-later
// Where in a kernel's .rodata the tables of kallsyms are that make up names.
//
// scripts/kallsyms.c of the kernel writes them, and no symbol says where. They are found
// by their content, and by fitting each other without a gap:
//
//	up to 6.3: offsets, base, count, names, markers, [seqs,] token table, token index
//	from 6.4:  count, names, markers, token table, token index, offsets, [base,] seqs
//
// Each begins at a multiple of 8, or of 4 in 7.2 (which has no base).
// A name is a length (one byte, or two when the first has its top bit set) and so many
// bytes, each an index into 256 tokens; the first letter of all is the symbol's type.
// markers[i] is where the name of symbol 256 * i begins. seqs (3 bytes a symbol, the
// first one the highest: the order by name) came with 6.2 and Debian's 6.1. The offsets:
// image_kallsyms.hpp.
#pragma once

#include "vmlinux.hpp"

#include <array>
#include <optional>

namespace klp {

struct KallsymsTables {
	const ImageSection *section; // .rodata; what follows are offsets in it
	size_t alignment; // of each table
	uint32_t count; // of symbols
	size_t count_at;
	size_t names;
	size_t names_end;
	size_t letters; // of all names, with their types
	std::optional<size_t> seqs; // where they stand in front of the tokens
	std::array<std::string_view, 256> tokens; // of printable characters
	size_t tokens_at;
	size_t tokens_end; // behind their index
};

// EBADMSG unless there is one set of tables, and one only, that agree with each other.
Result<KallsymsTables> find_kallsyms_tables(const Vmlinux &image);

// The tokens of the name at an offset, which moves on to the next name; nothing where it
// would reach past the end.
std::optional<std::span<const std::byte>> next_kallsyms_name(std::span<const std::byte> rodata,
							     size_t *offset, size_t end);

// The first place from an offset on where a table may begin.
constexpr size_t aligned_up(size_t offset, size_t alignment)
{
	return (offset + alignment - 1) / alignment * alignment;
}

}
