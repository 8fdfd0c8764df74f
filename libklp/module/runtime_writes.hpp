// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a module may change its own data before it passes a struct klp_patch to the kernel. Code
// changes bytes by a relocation that refers to them, or by a pointer from such a relocation.
// libklp therefore takes every reference to these bytes for a write, except for the ones that it
// understands:
//
//	the pointers from one of the bytes to another: patch.objs, object.funcs
//	mov $patch,%rdi ... call klp_enable_patch, or klp_get_state, which only reads it
#pragma once

#include "module_pointers.hpp"

#include <span>

namespace klp {

struct Extent {
	Place start;
	uint64_t size;
};

// Whether code of the module passes a place to klp_enable_patch(), as gcc and clang
// compile it.
bool is_enabled(const ModulePointers &pointers, Place patch);

// The references by which the module may change one of these bytes.
std::vector<Reference> runtime_writes(const ModulePointers &pointers,
				      std::span<const Extent> extents);

}
