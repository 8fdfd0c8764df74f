// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <cstdint>
#include <klp/error.hpp>
#include <vector>

namespace klp {

// Kernel memory at virtual addresses, as /proc/kcore shows it: an ELF core file whose program
// headers map addresses to offsets. Reading it needs CAP_SYS_RAWIO, and lockdown's confidentiality
// mode forbids it. It holds facts that no other file has: the checksums of exports, and the
// kernel's own vermagic.
class KernelMemory {
public:
	static Result<KernelMemory> open(const std::string &path);

	// EFAULT for an address that the file does not map.
	Result<> read(uint64_t address, void *buffer, size_t size) const;

private:
	struct Segment {
		uint64_t address, size, offset;
	};

	UniqueFd fd_;
	std::vector<Segment> segments_;
};

}
