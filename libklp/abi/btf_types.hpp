// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "types.hpp"

#include <cstddef>
#include <klp/error.hpp>
#include <set>
#include <span>
#include <string>

namespace klp {

// The types of a BTF, and of the kernel's BTF that a module's continues (base, else empty). named()
// and function() know the names that are wanted, and no others. ENOENT where bytes is empty,
// EBADMSG for BTF that is malformed; name is for the message.
Result<TypeTable> read_btf_types(std::span<const std::byte> bytes, std::span<const std::byte> base,
				 const std::string &name,
				 const std::set<std::string, std::less<>> &wanted);

// The types that a patch's BTF adds to those of the kernel that it was compiled for: pahole leaves
// out what is the same there. base is the BTF of this kernel. The file does not tell whether both
// kernels are the same, so a difference is not certain. Errors as above.
Result<TypeTable> read_patch_btf(std::span<const std::byte> bytes, std::span<const std::byte> base,
				 const std::string &name);

}
