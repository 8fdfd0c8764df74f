// SPDX-License-Identifier: LGPL-2.1-or-later
// A boot loader loads this file: an x86 bzImage, with the kernel itself packed inside
// (Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header").
#pragma once

#include <cstddef>
#include <klp/error.hpp>
#include <span>
#include <vector>

namespace klp {

// Larger than any kernel of a distribution, its debug information left out.
constexpr size_t unpacked_kernel_limit = 512u << 20;

bool is_boot_image(std::span<const std::byte> bytes);

// The ELF file in a bzImage. The data behind the ELF file (the table of relocations for KASLR)
// stays at its end. EBADMSG for a header or stream that is malformed or of a kind that klp does
// not know, EFBIG when the header announces more than unpacked_kernel_limit.
Result<std::vector<std::byte>> unpack_boot_image(const std::string &path,
						 std::span<const std::byte> bytes);

}
