// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/loaded_label.hpp>

#include "kernel_root.hpp"
#include "livepatch_sysfs.hpp"
#include "module/patch_label.hpp"
#include "modules.hpp"
#include "try.hpp"

#include <cerrno>

namespace klp {

Result<PatchLabel> label_of(const Kernel &kernel, const std::string &patch)
{
	const std::string &root = root_of(kernel);
	TRY(read_livepatch(root, patch));
	Result<std::vector<std::byte>> notes = read_notes(root, patch, label_section);
	if (!notes && notes.error().code != ENOENT)
		return std::unexpected(notes.error());
	PatchLabel label;
	if (notes)
		label = TRY(parse_label_note(*notes));
	label.version = TRY(module_version(root, patch));
	add_fixes_of_name(patch, &label);
	return label;
}

}
