// SPDX-License-Identifier: LGPL-2.1-or-later
// Signs a module with the sign-file of its kernel's source. klp-build gives the passphrase to
// sign-file alone, and to no other program that it runs.
#pragma once

#include "kernel_tree.hpp"

#include <optional>

namespace klp {

struct SigningFiles {
	std::string key, certificate; // both "": no signature
	std::optional<std::string> passphrase = std::nullopt; // of the key
};

// Returns the value of KBUILD_SIGN_PIN, and removes the variable from the environment: neither
// children nor /proc/PID/environ have the passphrase afterwards.
std::optional<std::string> take_passphrase();

// Whether the files can sign, so that no build fails only at its end. Returns EINVAL if not.
Result<> check_signing_files(const SigningFiles &files);

// Appends the signature to the module, and returns the signer as the signed module names it.
Result<std::string> sign_module(const std::string &module, const SigningFiles &files,
				const KernelTree &tree);

}
