// SPDX-License-Identifier: LGPL-2.1-or-later
// klp-build's description of a module inside the module: one JSON text (klp.manifest/1) in a
// section that the kernel does not load.
#pragma once

#include "elf.hpp"

#include <optional>

namespace klp {

inline constexpr const char *manifest_section = ".klp.manifest";
constexpr size_t manifest_size_limit = 1 << 20;

// The text, or std::nullopt where the module has none. EBADMSG beyond the limit, and for text that
// is not UTF-8. The reader must check that the text is JSON.
Result<std::optional<std::string_view>> read_manifest(const ElfFile &elf);

}
