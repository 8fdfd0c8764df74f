// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "fail.hpp"
#include "symbol_table.hpp"

#include <cerrno>

namespace klp {

// The value that two successive readings of the kernel's memory agree on; klp cannot lock this
// memory. EBUSY where no two readings agreed; EBADMSG where no reading ever made sense. "lists"
// names the data read.
template <class T, class Read> Result<T> agreed(const char *lists, const Read &read)
{
	constexpr int most_readings = 6;
	Result<T> last = read();
	for (int readings = 1; readings < most_readings; readings++) {
		Result<T> again = read();
		if (last && again && *last == *again)
			return again;
		last = std::move(again);
	}
	if (!last)
		return fail(EBADMSG, "%s in the kernel's memory are inconsistent: %s", lists,
			    last.error().message.c_str());
	return fail(EBUSY, "%s changed each of the %d times that they were read", lists,
		    most_readings);
}

// ENODATA where kallsyms does not show this variable of the kernel.
inline Result<uint64_t> address_of(const SymbolTable &kallsyms, const char *name)
{
	std::vector<SymbolTable::Entry> found = kallsyms.find("vmlinux", name);
	if (found.size() != 1 || found[0].address == 0)
		return fail(ENODATA, "kallsyms does not show where %s is", name);
	return found[0].address;
}

}
