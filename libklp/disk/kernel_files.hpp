// SPDX-License-Identifier: LGPL-2.1-or-later
// The files of a kernel that need not run: its image, and the folder with its modules.
#pragma once

#include <klp/error.hpp>
#include <string>

namespace klp {

struct KernelFiles {
	std::string image; // vmlinuz, or an ELF vmlinux
	std::string root; // precedes /lib/modules/RELEASE
};

// Finds the files of
//
//	a release	/boot/vmlinuz-RELEASE and /lib/modules/RELEASE
//	a folder	its vmlinuz, or the only boot/vmlinuz-*; its lib/modules
//	an image	the lib/modules beside it, or beside its folder boot; else /lib/modules
//	a profile	itself alone
//
// An argument that has a '/', or names something in the current folder, is no release. ENOENT where
// the image does not exist; EINVAL where a folder has several, and for what is no regular file.
Result<KernelFiles> find_kernel_files(const std::string &kernel);

}
