// SPDX-License-Identifier: LGPL-2.1-or-later
// Turns the compiler's assembly of a unit into the assembly that klp-build assembles.
//
// Three things in the kernel's code are filled in when the kernel is linked, booted or loaded.
// Nothing fills in these things for a patch. Each is a few lines of inline assembly of a known
// form. klp-build turns each into the form that the kernel's own source has for code that cannot be
// filled in:
//
//	a static key of a module	the kernel uses the keys of a patch before it relocates
//	(asm/jump_label.h)		references to modules; the key is tested when the code
//					runs instead, as without CONFIG_JUMP_LABEL
//	runtime_const_ptr(x)		x is read, as in modules
//	runtime_const_shift_right_32()	the shift is read
//	(asm/runtime-const.h, 6.11)
//
// klp-build leaves an unknown form as it is, and refuses the function because of the form's entry
// in a table beside the code (selection.cpp).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace klp {

// Returns the assembly with each function in its section without -ffunction-sections.
std::string without_function_sections(const std::string &assembly);

// is_kept: whether the symbol is a key for which jump labels may be used.
std::string with_keys_tested(const std::string &assembly,
			     const std::function<bool(const std::string &symbol)> &is_kept);

std::string with_constants_read(const std::string &assembly);

// Whether the assembly defines the symbol.
bool defines(const std::string &assembly, const std::string &symbol);

}
