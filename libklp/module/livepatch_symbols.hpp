// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "elf.hpp"

#include <klp/patch_file.hpp>

namespace klp {

struct LivepatchRelocations {
	// Each symbol once for each object whose section refers to it.
	std::vector<LivepatchSymbol> symbols;
	// Else the first relocation that klp_apply_section_relocs() refuses, and no symbols.
	std::optional<PatchFile::WrongRelocation> wrong;
};

// EBADMSG for a section that is no table of relocations.
Result<LivepatchRelocations> livepatch_relocations(const ElfFile &elf);

}
