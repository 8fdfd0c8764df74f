// SPDX-License-Identifier: LGPL-2.1-or-later
// The encodings in which a module file describes a patch, one function for each. A function either
// recognises its own encoding and decodes it, or leaves the file to the next function. EBADMSG for
// broken data.
#pragma once

#include "module_pointers.hpp"

#include <klp/patch_file.hpp>

namespace klp {

struct DecodedPatch {
	PatchFile::Encoding encoding = PatchFile::Encoding::none;
	std::vector<PatchedObject> objects;
	std::vector<PatchState> states;
	std::optional<bool> replace;
	bool pins_targets = false;
	bool stays = false;
	bool stays_if_replaced = false;
	std::vector<std::string> unknowns;
	std::string unfinished;
};

Result<std::optional<DecodedPatch>> decode_klp_build_sections(const ElfFile &elf,
							      const ModulePointers &pointers,
							      const KlpLayout &layout);
Result<std::optional<DecodedPatch>> decode_kpatch_sections(const ElfFile &elf,
							   const ModulePointers &pointers);
Result<std::optional<DecodedPatch>>
decode_static_arrays(const ElfFile &elf, const ModulePointers &pointers, const KlpLayout &layout);

}
