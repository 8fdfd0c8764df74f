// SPDX-License-Identifier: LGPL-2.1-or-later
// The place, in a kernel's .rodata, of the kallsyms tables that make up names.
//
// scripts/kallsyms.c of the kernel writes the tables, and no symbol gives their place. libklp
// finds them by their content, and because they follow each other without a gap:
//
//	up to 6.3: offsets, base, count, names, markers, [seqs,] token table, token index
//	from 6.4:  count, names, markers, token table, token index, offsets, [base,] seqs
//
// Each table begins at a multiple of 8, or of 4 in 7.2 (which has no base). A name is a length
// (one byte, or two when the first byte has its top bit set) and as many bytes, each an index into
// 256 tokens; the first letter of the name is the symbol's type. markers[i] is the place where the
// name of symbol 256 * i begins. seqs (3 bytes a symbol, the highest byte first: the order by
// name) came with 6.2 and Debian's 6.1. image_kallsyms.hpp covers the offsets.
#pragma once

#include "vmlinux.hpp"

#include <array>
#include <optional>

namespace klp {

struct KallsymsTables {
	const ImageSection *section; // .rodata; the offsets below are in this section
	size_t alignment; // of each table
	uint32_t count; // of symbols
	size_t count_at;
	size_t names;
	size_t names_end;
	size_t letters; // of all names, with their types
	std::optional<size_t> seqs; // set where seqs stand in front of the tokens
	std::array<std::string_view, 256> tokens; // of printable characters
	size_t tokens_at;
	size_t tokens_end; // the end of the tokens' index
};

// EBADMSG unless exactly one set of tables has parts that agree with each other.
Result<KallsymsTables> find_kallsyms_tables(const Vmlinux &image);

// The tokens of the name at an offset. The function moves the offset to the next name. It returns
// std::nullopt where the name would reach past the end.
std::optional<std::span<const std::byte>> next_kallsyms_name(std::span<const std::byte> rodata,
							     size_t *offset, size_t end);

// The first place, from an offset on, where a table may begin.
constexpr size_t aligned_up(size_t offset, size_t alignment)
{
	return (offset + alignment - 1) / alignment * alignment;
}

}
