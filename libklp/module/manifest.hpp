// SPDX-License-Identifier: LGPL-2.1-or-later
// What klp-build writes into a module about the module: one JSON text (klp.manifest/1)
// in a section that the kernel does not load.
#pragma once

#include "elf.hpp"

#include <optional>

namespace klp {

inline constexpr const char *manifest_section = ".klp.manifest";
constexpr size_t manifest_size_limit = 1 << 20;

// The text, or nothing where there is none; EBADMSG beyond the limit, and for what is
// not UTF-8. That it is JSON is for its reader to see.
Result<std::optional<std::string_view>> read_manifest(const ElfFile &elf);

}
