// SPDX-License-Identifier: LGPL-2.1-or-later
// Proves that the compiled code is the code that runs: compares an object file, made from the
// source before the fix, with the image that the distribution shipped.
//
// The linker keeps each section of a unit in one piece, so the address of one function gives the
// addresses of all functions in its section. The proof then compares every function byte by byte,
// and finds the target of each place that the linker filled in: a function or variable must be the
// one that the object names, a string or constant must have the same content. (Bytes alone prove
// little: once relocations are masked, 302 of ext4's 1252 functions equal another one.) The proof
// also finds the address of everything that the unit refers to, which distinguishes symbols of one
// name.
//
// The proof resolves symbols of other units by name and address; it does not compare their code.
#pragma once

#include "image.hpp"
#include "object.hpp"

#include <set>

namespace klp {

struct Mismatch {
	std::string function;
	uint64_t offset; // in the function
	std::string what;
	PieceId piece = no_piece; // of the object: the function, or a constant
};

class Proof {
public:
	// The address of each piece of the object in the image; 0 if unknown.
	std::vector<uint64_t> addresses;
	// The address of each undefined symbol that the object refers to, without a module's own
	// externals.
	std::map<std::string_view, uint64_t> undefined;
	// Weak pieces that nothing runs or uses: the linker took another unit's definition, whose
	// address is in the members above.
	std::set<PieceId> overridden;
	// Weak pieces for which the linker took another unit's definition under one name, and this
	// unit's definition under another name.
	std::set<PieceId> half_overridden;
	std::vector<Mismatch> mismatches; // none: it is proved
	size_t functions = 0; // that were compared, cold parts included
	size_t references = 0; // that were solved
	size_t constants = 0; // whose content was compared

	// The proof for another object of the same unit, whose sections are split differently:
	// matches pieces by their names.
	Proof translated(const Object &proved, const Object &other) const;
	// The likely reason of a failure, for a person; "" if the proof did not fail.
	std::string likely_reason() const;
};

// object: compiled as the kernel was, with the functions in the same sections.
Proof prove(const Object &object, const Image &image);

// Compares with the image of another version of the kernel, where a section has other functions,
// too. Finds each function by its own name; names that differ only in the numbers of the compiler
// are equal. Any of several functions of one name and code will do, as inline functions of a header
// leave them. The content of a constant counts, too.
Proof prove_function_by_function(const Object &object, const Image &image);

}
