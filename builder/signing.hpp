// SPDX-License-Identifier: LGPL-2.1-or-later
// A signature for a module, made by the sign-file of its kernel's source.
#pragma once

#include "kernel_tree.hpp"

namespace klp {

struct SigningFiles {
	std::string key, certificate; // both "": no signature
};

// Whether they can sign, so that nobody waits for a build that ends with it. EINVAL.
Result<> check_signing_files(const SigningFiles &files);

// Appends the signature to the module, and says whose it is by what the module then has.
Result<std::string> sign_module(const std::string &module, const SigningFiles &files,
				const KernelTree &tree);

}
