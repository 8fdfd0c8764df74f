// SPDX-License-Identifier: LGPL-2.1-or-later
// The livepatch module of one or more selections: their pieces, the init part that hands
// them to the kernel (kmod/patch), and the words about all of it.
//
// It has the sections of the kernel's own klp-build (.init.klp_objects, .init.klp_funcs),
// so that any tool that reads those reads it. There is no linker in between: livepatch
// symbols and relocations are written as they are to be.
#pragma once

#include "init_part.hpp"
#include "selection.hpp"

namespace klp {

struct PatchDescription {
	std::string name; // of the module
	bool replace = true; // takes over from all other patches
	std::string manifest; // JSON, for .klp.manifest
};

// The bytes of the module. ENOENT where something it refers to is not exported.
Result<std::vector<std::byte>> make_patch_module(const PatchDescription &description,
						 const std::vector<const Selection *> &selections,
						 const InitPart &init, KernelSymbols &symbols);

}
