// SPDX-License-Identifier: LGPL-2.1-or-later
// A signature for a module, made by the sign-file of its kernel's source, which alone of all
// programs that are run is given the passphrase.
#pragma once

#include "kernel_tree.hpp"

#include <optional>

namespace klp {

struct SigningFiles {
	std::string key, certificate; // both "": no signature
	std::optional<std::string> passphrase = std::nullopt; // of the key
};

// The value of KBUILD_SIGN_PIN. From then on it is in this process alone: it is neither in
// its environment, which children have, nor in what /proc/PID/environ shows of it.
std::optional<std::string> take_passphrase();

// Whether they can sign, so that nobody waits for a build that ends with it. EINVAL.
Result<> check_signing_files(const SigningFiles &files);

// Appends the signature to the module, and says whose it is by what the module then has.
Result<std::string> sign_module(const std::string &module, const SigningFiles &files,
				const KernelTree &tree);

}
