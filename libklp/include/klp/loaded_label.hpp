// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <klp/patch_label.hpp>

namespace [[gnu::visibility("default")]] klp {

// The label of a livepatch in memory, whoever loaded it: what the kernel shows of its module
// (notes/.note.klp and version, in /sys/module/NAME), or else what its name says. ENOENT for a
// patch that is not loaded, EBADMSG for a note that klp cannot read. Any thread may call it.
Result<PatchLabel> label_of(const Kernel &kernel, const std::string &patch);

}
