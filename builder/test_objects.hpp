// SPDX-License-Identifier: LGPL-2.1-or-later
// Objects for tests, compiled from C or assembly while the test runs, with the options
// of the kernel that show in an object.
#pragma once

#include "../libklp/test/test_compiler.hpp"
#include "../libklp/test/test_elf.hpp"
#include "difference.hpp"
#include "object.hpp"

#include <iterator>
#include <stdexcept>

namespace klp::test {

inline constexpr const char *kernel_options =
	"-O2 -std=gnu11 -mcmodel=kernel -fno-pic -fno-pie -mno-red-zone -ffreestanding "
	"-fno-asynchronous-unwind-tables -fno-stack-protector -fcf-protection=none -pg -mfentry "
	"-mrecord-mcount ";
// A section for each function and variable.
inline constexpr const char *split = "-ffunction-sections -fdata-sections ";
// Functions together in .text, as the kernel has them.
inline constexpr const char *plain = "";

// Declarations for snippets of C. The snippets' own lines are counted from 1.
inline constexpr const char *prelude = R"(
#define noinline __attribute__((noinline))
#define notrace __attribute__((no_instrument_function))
#define in(name) __attribute__((section(name), used))
void __attribute__((cold)) panic(const char *, ...);
int printk(const char *, ...);
void use(const void *);
int get(int);
#line 1 "unit.c"
)";

inline std::string compiled_file(const std::string &source, const std::string &options = split)
{
	return made_by("gcc " + (kernel_options + options) + " -x c -c", prelude + source);
}

inline std::string assembled_file(const std::string &source)
{
	return made_by("as", source);
}

inline Result<Object> parse_object(const std::string &file)
{
	return Object::parse("unit.o", to_bytes(file));
}

inline Object object_of(const std::string &file)
{
	Result<Object> object = parse_object(file);
	if (!object)
		throw std::runtime_error(object.error().message);
	return std::move(*object);
}

inline Object compile(const std::string &source, const std::string &options = split)
{
	return object_of(compiled_file(source, options));
}

inline Object assemble(const std::string &source)
{
	return object_of(assembled_file(source));
}

inline const Piece &piece_of(const Object &object, std::string_view name)
{
	PieceId id = object.find(name);
	if (id == no_piece)
		throw std::runtime_error("no piece '" + std::string(name) + "'");
	return object.piece(id);
}

inline std::string described(const Object &object, const Reference &reference)
{
	const Target &target = reference.target;
	std::string text = name_of(object, target);
	if (target.kind != Target::Kind::absolute && target.offset != 0)
		text += (target.offset > 0 ? "+" : "") + std::to_string(target.offset);
	return text;
}

// The targets of a piece's references, in order, without the call that ftrace has in each function.
inline std::string references_of(const Object &object, std::string_view name)
{
	std::string text;
	for (const Reference &reference : piece_of(object, name).references) {
		if (reference.target.name != "__fentry__")
			text += (text.empty() ? "" : ", ") + described(object, reference);
	}
	return text;
}

// The first reference of a piece to a target with this description.
inline const Reference &reference_to(const Object &object, std::string_view name,
				     std::string_view target)
{
	for (const Reference &reference : piece_of(object, name).references) {
		if (described(object, reference) == target)
			return reference;
	}
	throw std::runtime_error("no reference to " + std::string(target));
}

// A function in a section of its own, in assembly.
inline std::string function(const std::string &name, const std::string &body)
{
	return ".section .text." + name + ",\"ax\"\n.globl " + name + "\n.type " + name +
	       ",@function\n" + name + ":\n" + body + "\n.size " + name + ",.-" + name + "\n";
}

// Something in another section, and back.
inline std::string aside(const std::string &section, const std::string &body)
{
	return ".pushsection " + section + "\n" + body + "\n.popsection\n";
}

// As BTF_ID(), BTF_ID_LIST() and BTF_SET_START() have them: the set's extent is that of its
// members, too.
inline std::string type_id(const std::string &name)
{
	return ".section .BTF_ids,\"a\"\n.type " + name + ",@object\n" + name +
	       ": .zero 4\n.size " + name + ",4\n";
}

inline std::string list_of(const std::string &name, const std::string &members)
{
	return ".section .BTF_ids,\"a\"\n" + name + ":\n" + members;
}

inline std::string set_of(const std::string &name, const std::string &members)
{
	const std::string head = "__BTF_ID__set__" + name;
	return list_of(name,
		       head + ": .zero 4\n" + members + ".size " + head + ",.-" + head + "\n");
}

}
