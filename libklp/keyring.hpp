// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys by which the kernel checks modules, as /proc/keys and keyctl(2) show them.
#pragma once

#include <klp/error.hpp>
#include <klp/module_facts.hpp>

namespace klp {

// Whether the kernel has the key of a signer: "no" is certain, "yes" is not. EACCES where the
// kernel does not show its keys.
Result<bool> has_key(const std::string &root, const Signer &signer);

}
