// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_on_disk.hpp"
#include "../try.hpp"
#include "image_on_disk.hpp"
#include "kernel_profile.hpp"

namespace klp {

Result<std::unique_ptr<KernelOnDisk>> open_kernel_on_disk(const std::string &kernel)
{
	KernelFiles files = TRY(find_kernel_files(kernel));
	if (is_profile(files.image))
		return TRY(KernelProfile::open(files.image));
	return TRY(ImageOnDisk::open(files));
}

}
