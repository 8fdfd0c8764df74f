// SPDX-License-Identifier: LGPL-2.1-or-later
// The symbols that a kernel exports to modules, out of its sections __ksymtab and
// __ksymtab_gpl (include/linux/export-internal.h).
#pragma once

#include "vmlinux.hpp"

#include <optional>

namespace klp {

struct ImageExport {
	std::string_view name;
	uint64_t address;
	std::optional<uint32_t> crc; // nothing without CONFIG_MODVERSIONS
	bool gpl_only;
	std::string_view namespace_; // "" for none
};

// In order of their names. EBADMSG with path and offset.
Result<std::vector<ImageExport>> read_image_exports(const Vmlinux &image);

}
