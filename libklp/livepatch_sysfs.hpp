// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <klp/loaded_patch.hpp>

namespace klp {

// The livepatch folder of sysfs below a root. Names in the folder are the kernel's own; EINVAL for
// a given name that no module can have.
bool livepatch_sysfs_exists(const std::string &root);
Result<std::vector<std::string>> list_livepatches(const std::string &root);
// ENOENT when the patch is not, or no longer, there.
Result<LoadedPatch> read_livepatch(const std::string &root, const std::string &name);

// Reads transition alone, which the kernel reads without a lock; false once the patch is gone.
// (stack_order takes klp_mutex, which a transition can hold for seconds.)
Result<bool> livepatch_in_transition(const std::string &root, const std::string &name);

// Writes enabled. The kernel returns EINVAL when enabled has this value already, EBUSY while
// another patch is in transition (kernel/livepatch/core.c, enabled_store).
Result<> set_livepatch_enabled(const std::string &root, const std::string &name, bool enabled);

}
