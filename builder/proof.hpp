// SPDX-License-Identifier: LGPL-2.1-or-later
// The proof that what was compiled is what runs: an object file, made from the source
// that is about to be patched, against the image that the distribution shipped.
//
// The linker keeps each section of a unit in one piece, so where one function lies tells
// where all of its section do. Every function is then compared byte by byte, and each
// place that the linker filled in is solved for what it points to: a function or
// variable has to be the one that the object names, a string or constant has to hold the
// same. (Bytes alone prove little: once relocations are masked, 302 of ext4's 1252
// functions equal another one.) What is learned on the way is the address of everything
// that the unit refers to, which also tells symbols of one name apart.
//
// Symbols of other units are resolved by name and address; their own code is not looked
// at.
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
	// Where each piece of the object lies in the image; 0 where nothing told.
	std::vector<uint64_t> addresses;
	// Where each undefined symbol that it refers to lies; a module's own externals are
	// left out.
	std::map<std::string_view, uint64_t> undefined;
	// Weak pieces that nothing runs or uses: the linker took another unit's definition,
	// and its address is the one above.
	std::set<PieceId> overridden;
	// Weak pieces of which it took another's under one name, and this one under another.
	std::set<PieceId> half_overridden;
	std::vector<Mismatch> mismatches; // none: it is proved
	size_t functions = 0; // that were compared, cold parts included
	size_t references = 0; // that were solved
	size_t constants = 0; // whose content was compared

	// The same for another object of the same unit, whose sections were split otherwise:
	// pieces are known by their names.
	Proof translated(const Object &proved, const Object &other) const;
	// Why it may have failed, for a person; "" when it didn't.
	std::string likely_reason() const;
};

// object: compiled as the kernel was, its functions in the same sections.
Proof prove(const Object &object, const Image &image);

// Against the image of another version of the kernel, where a section has other functions,
// too: each function is placed by its own name, and a name that differs only in the
// numbers that the compiler gives is the same one. Of several of one name and code, as
// inline functions of a header leave them, any will do. What a constant holds counts, too.
Proof prove_function_by_function(const Object &object, const Image &image);

}
