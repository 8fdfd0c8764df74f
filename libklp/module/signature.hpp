// SPDX-License-Identifier: LGPL-2.1-or-later
// The signature that a module may carry behind its last byte: a detached PKCS#7 message, struct
// module_signature and a marker (kernel/module/signing.c). libklp reads the signature as the
// kernel does, and does not trust it: only the kernel has the keys.
#pragma once

#include <cstddef>
#include <klp/error.hpp>
#include <klp/module_facts.hpp>
#include <span>

namespace klp {

// Whether the kernel would read a signature: the marker is there.
bool has_signature(std::span<const std::byte> file);

// For a file that has a signature. The Error's code is the errno of the kernel, even where the
// kernel requires no signature: EBADMSG or EINVAL for a malformed one, EKEYREJECTED for one that
// no key makes valid. ENOPKG: the kernel takes this kind of signature for none.
Result<Signature> read_signature(const std::string &path, std::span<const std::byte> file);

}
