// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes the livepatch module of one or more selections: their pieces, the init part that hands the
// patch to the kernel (kmod/patch), and the manifest.
//
// The module has the sections of the kernel's own klp-build (.init.klp_objects, .init.klp_funcs),
// so that any tool for these sections can read the module. No linker runs: klp-build writes the
// livepatch symbols and relocations in their final form.
#pragma once

#include "init_part.hpp"
#include "selection.hpp"

#include <klp/patch_label.hpp>

namespace klp {

struct PatchDescription {
	std::string name; // of the module
	bool replace = true; // takes over from all other patches
	std::string manifest; // JSON, for .klp.manifest
	PatchLabel label = {};
};

// Returns the bytes of the module. Returns ENOENT if the kernel does not export a symbol that the
// module refers to.
Result<std::vector<std::byte>> make_patch_module(const PatchDescription &description,
						 const std::vector<const Selection *> &selections,
						 const InitPart &init, KernelSymbols &symbols);

}
