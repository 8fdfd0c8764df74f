// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <klp/patch_file.hpp>

namespace klp {

// /run/klp, made where it isn't there: root's alone.
Result<std::string> run_folder(const std::string &root);

// What the kernel does not tell of a patch that it has: the very bytes, so that they
// are known again, and the states, with which the next patch has to be compatible.
struct RememberedPatch {
	std::string sha256;
	std::string parameters; // as they were given
	std::vector<PatchState> states;
};

// Kept in /run/klp/patches/NAME. It holds for one instance of the module; a reload by
// other means, or a reboot, voids it.
Result<> remember_patch(const std::string &root, const std::string &name,
			const RememberedPatch &patch);
// ENOENT for one that was not loaded by klp.
Result<RememberedPatch> remembered_patch(const std::string &root, const std::string &name);
Result<> forget_patch(const std::string &root, const std::string &name);

}
