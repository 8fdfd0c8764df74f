// SPDX-License-Identifier: LGPL-2.1-or-later
// The signature that a module may carry behind its last byte: a detached PKCS#7 message,
// struct module_signature and a marker (kernel/module/signing.c). It is read as the kernel
// reads it and not trusted: only the kernel has the keys.
#pragma once

#include <cstddef>
#include <klp/error.hpp>
#include <klp/module_facts.hpp>
#include <span>

namespace klp {

// Whether the kernel would look for a signature: the marker is there.
bool has_signature(std::span<const std::byte> file);

// Of a file that has one. The Error's code is what the kernel answers, even where it asks
// for no signature: EBADMSG or EINVAL for what is malformed, EKEYREJECTED for what no key
// makes good. ENOPKG: of a kind that it takes for no signature at all.
Result<Signature> read_signature(const std::string &path, std::span<const std::byte> file);

}
