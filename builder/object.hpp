// SPDX-License-Identifier: LGPL-2.1-or-later
// One compiled translation unit, split into the pieces that a livepatch can include or leave out:
// functions, variables, constants, each with its references.
//
// The ELF file has sections and offsets: `call .text.unlikely+0x30`, `lea .rodata+0x8(%rip)`. The
// code means a function or a variable, and only functions and variables keep their identity when
// the source changes. So Object resolves each relocation to a piece and an offset in the piece, to
// a string's text, a constant's bytes, or an undefined symbol's name.
//
// Object splits the tables beside the code (__bug_table, .altinstructions, ORC and so on), too:
// each entry goes to the function that it describes.
#pragma once

#include "../libklp/module/elf.hpp"

#include <map>
#include <memory>
#include <string>

namespace klp {

using PieceId = uint32_t;
constexpr PieceId no_piece = UINT32_MAX;

// The target of a relocation.
struct Target {
	enum class Kind {
		piece, // a function, variable or constant of this unit
		string, // a string literal, known by its text
		literal, // a mergeable constant, known by its bytes
		undefined, // a symbol of another unit
		absolute, // a number
	};
	Kind kind = Kind::absolute;
	PieceId piece = no_piece;
	int64_t offset = 0; // from the piece's entry, the literal's start or the symbol
	std::string_view name; // an undefined symbol's
	bool weak = false; // an undefined symbol that may stay so
	std::string_view text; // of a string from the target on, or a literal's bytes
	uint8_t width = 0; // of a string's characters, in bytes
	uint64_t align = 1; // of a string or literal

	bool is(PieceId id) const { return kind == Kind::piece && piece == id; }
};

struct Reference {
	uint64_t offset; // in the piece's bytes
	uint32_t type; // R_X86_64_*
	bool branch; // the operand of a direct call or jump
	bool pointer; // takes the address as a value, or holds it
	bool compared; // compares something with the address
	// The addend without the target's offset: -4 for a call, since a distance counts from the
	// end of the instruction.
	int64_t bias;
	Target target;
};

// An entry of a table beside the code.
struct TableEntry {
	std::string_view section; // "__bug_table"
	std::vector<std::byte> bytes; // zero where a reference is
	std::vector<Reference> references; // the first one to the code that the entry describes
	std::vector<std::byte> companion; // of .orc_unwind_ip: its entry in .orc_unwind
};

struct Piece {
	enum class Kind {
		function,
		cold, // moved out of a function by the compiler: NAME.cold
		code, // a stretch without a name: .altinstr_replacement, .altinstr_aux
		variable, // in writable memory
		constant, // in read-only memory
	};
	Kind kind;
	std::string name; // "" where it has none
	std::vector<std::string_view> aliases; // further names of the same place
	bool global = false;
	bool weak = false; // another unit's definition may replace it
	uint32_t section; // its index
	uint64_t start; // of its bytes, in the section
	uint64_t entry = 0; // of its name, behind the padding that precedes it
	uint64_t size; // all of it, the padding included
	uint64_t align = 1;
	bool zero = false; // in .bss: size bytes of 0
	bool fixed = false; // jumps to another function over a distance of one byte
	std::vector<std::byte> bytes; // zero where a reference is
	std::vector<Reference> references; // by offset
	std::vector<TableEntry> tables; // in the order of the file
	PieceId parent = no_piece; // of a cold part
	PieceId cold = no_piece; // of a function that has one

	bool is_code() const { return kind <= Kind::code; }
};

// The bytes that a relocation of this type fills in; 0 for R_X86_64_NONE.
size_t relocation_width(uint32_t type);
bool is_pc_relative(uint32_t type);

// The name without the numbers that the compiler gives: foo.isra.0 is foo.isra.
std::string base_name(std::string_view name);

// Views live as long as the Object; moving the Object keeps its views valid.
class Object {
public:
	// Returns EBADMSG with file, section and offset for a file that is no object file of a
	// kernel.
	static Result<Object> open(const std::string &path);
	static Result<Object> parse(const std::string &path, std::vector<std::byte> bytes);

	const std::string &path() const { return elf_->path(); }
	const ElfFile &elf() const { return *elf_; }
	const std::vector<Piece> &pieces() const { return pieces_; }
	const Piece &piece(PieceId id) const { return pieces_[id]; }
	// Finds a piece by any of its names, or returns no_piece.
	PieceId find(std::string_view name) const;
	std::string_view section_name(const Piece &piece) const
	{
		return elf_->sections()[piece.section].name;
	}
	struct UnknownSection {
		std::string name, why;
	};
	// Sections that klp-build refuses (sections.hpp).
	const std::vector<UnknownSection> &unknown_sections() const { return unknown_; }
	// Whether the object's table of exports names the symbol.
	bool exports(std::string_view name) const;

private:
	friend class ObjectReader;
	std::unique_ptr<ElfFile> elf_;
	std::vector<Piece> pieces_;
	std::map<std::string_view, PieceId> names_;
	std::vector<UnknownSection> unknown_;
};

}
