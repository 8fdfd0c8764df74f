// SPDX-License-Identifier: LGPL-2.1-or-later
// How a module file spells out what it patches. One function an encoding; each
// either recognises its own and decodes it, or leaves the file to the next.
#pragma once

#include "module_file.hpp"

#include <klp/patch_file.hpp>

namespace klp {

struct DecodedPatch {
	PatchFile::Encoding encoding = PatchFile::Encoding::none;
	std::vector<PatchedObject> objects;
	std::vector<PatchState> states;
	std::optional<bool> replace;
	std::vector<std::string> unknowns;
};

// Nothing when the file has no static klp_patch; EBADMSG when it has a broken one.
Result<std::optional<DecodedPatch>> decode_static_arrays(const ModuleFile &file,
							 const KlpLayout &layout);

}
