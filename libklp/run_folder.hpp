// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <klp/patch_file.hpp>

namespace klp {

// /run/klp, which only root may enter. The function makes the folder where it is missing.
Result<std::string> run_folder(const std::string &root);

// Objects with their build ids.
using BuildIds = std::vector<std::pair<std::string, std::string>>;

// The facts about a loaded patch that the kernel does not tell: the exact bytes, so that klp
// recognises them; the states, with which the next patch must be compatible; and whether the
// patch's code may leave memory.
struct RememberedPatch {
	std::string sha256;
	std::string parameters; // as they were given
	std::vector<PatchState> states;
	bool is_removable = true;
	bool stays_if_replaced = false; // PatchFile::stays_if_replaced()
	bool is_replaced = false;
	BuildIds target_build_ids = {}; // of the builds that the patch was made for
	// Modules for which the patch has livepatch relocations.
	std::vector<std::string> relocated = {};
};

// Stores the record in /run/klp/patches/NAME before the module is inserted. The record holds for a
// module of this build id: where the process is killed in between, the next one recognises the
// patch.
Result<> remember_insertion(const std::string &root, const std::string &name,
			    const std::string &build_id, const RememberedPatch &patch);
// Stores the record of a module that is in memory. The record holds for this instance of the
// module; a reload by other means, or a reboot, makes it void.
Result<> remember_patch(const std::string &root, const std::string &name,
			const RememberedPatch &patch);
// ENOENT for a patch that klp did not load.
Result<RememberedPatch> remembered_patch(const std::string &root, const std::string &name);
// Adds to the patch's record, if it has one, that another patch has replaced it.
Result<> remember_replaced(const std::string &root, const std::string &name);
// Why the patch's code must stay in memory by its record; "" where it need not.
std::string why_it_stays(const std::string &root, const std::string &name);
Result<> forget_patch(const std::string &root, const std::string &name);

}
