// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace [[gnu::visibility("default")]] klp {

// The checksum of an exported symbol's type, as genksyms made it.
struct SymbolVersion {
	std::string name;
	uint32_t crc;
};

}
