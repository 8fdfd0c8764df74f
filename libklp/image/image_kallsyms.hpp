// SPDX-License-Identifier: LGPL-2.1-or-later
// The symbols of a kernel, from the tables that it carries for its own /proc/kallsyms.
#pragma once

#include "vmlinux.hpp"

namespace klp {

struct ImageSymbol {
	uint64_t address;
	char type; // as nm(1) has it
	std::string_view name;
};

struct ImageKallsyms {
	std::vector<char> letters; // of the names
	std::vector<ImageSymbol> symbols; // in order of address
};

// EBADMSG with path and offset, unless each table agrees with the others and there is only one way
// to read them. ENOTSUP for a kernel whose tables have only its functions.
Result<ImageKallsyms> read_image_kallsyms(const Vmlinux &image);

}
