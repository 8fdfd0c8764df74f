// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/patch_file.hpp>

namespace klp {

// The layout of struct klp_patch and its parts in a kernel's BTF. ENOENT where
// there is no BTF or it does not have them; EBADMSG for a BTF that is malformed.
Result<KlpLayout> read_klp_layout(const std::string &btf_path);

}
