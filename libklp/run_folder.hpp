// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <klp/patch_file.hpp>

namespace klp {

// /run/klp, made where it isn't there: root's alone.
Result<std::string> run_folder(const std::string &root);

// Objects, and the build id of each.
using BuildIds = std::vector<std::pair<std::string, std::string>>;

// What the kernel does not tell of a patch that it has: the very bytes, so that they
// are known again, the states, with which the next patch has to be compatible, and
// whether its code may leave memory.
struct RememberedPatch {
	std::string sha256;
	std::string parameters; // as they were given
	std::vector<PatchState> states;
	bool is_removable = true;
	BuildIds target_build_ids = {}; // of the builds that it was made for
	// Modules that it has livepatch relocations for.
	std::vector<std::string> relocated = {};
};

// Kept in /run/klp/patches/NAME. It holds for one instance of the module; a reload by
// other means, or a reboot, voids it.
Result<> remember_patch(const std::string &root, const std::string &name,
			const RememberedPatch &patch);
// ENOENT for one that was not loaded by klp.
Result<RememberedPatch> remembered_patch(const std::string &root, const std::string &name);
// Whether it is remembered as one whose code has to stay in memory.
bool stays_in_memory(const std::string &root, const std::string &name);
Result<> forget_patch(const std::string &root, const std::string &name);

}
