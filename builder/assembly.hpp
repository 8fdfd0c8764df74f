// SPDX-License-Identifier: LGPL-2.1-or-later
// The compiler's assembly of a unit, made into what is to be assembled.
//
// Three things in the kernel's code are filled in when it is linked, booted or loaded, and
// are nobody's to fill in for a patch. Each is a few lines of inline assembly of a known
// form, and is made into what the kernel's own source has where it can't be filled in:
//
//	a static key of a module	the kernel uses the keys of a patch before it relocates
//	(asm/jump_label.h)		what refers to modules; the key is tested when the code
//					runs instead, as without CONFIG_JUMP_LABEL
//	runtime_const_ptr(x)		x is read, as in modules
//	runtime_const_shift_right_32()	the shift is read
//	(asm/runtime-const.h, 6.11)
//
// A form that is not known stays as it is, and its entry in a table beside the code
// refuses the function (selection.cpp).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace klp {

// With the functions in the sections that they have without -ffunction-sections.
std::string without_function_sections(const std::string &assembly);

// is_kept: whether the symbol is a key that jump labels may be used for.
std::string with_keys_tested(const std::string &assembly,
			     const std::function<bool(const std::string &symbol)> &is_kept);

std::string with_constants_read(const std::string &assembly);

// Whether the assembly defines the symbol.
bool defines(const std::string &assembly, const std::string &symbol);

}
