// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_files.hpp"
#include "../fail.hpp"
#include "../file.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

namespace klp {

namespace fs = std::filesystem;

static Result<KernelFiles> of_release(const std::string &release)
{
	std::string image = "/boot/vmlinuz-" + release;
	if (!exists(image))
		return fail(ENOENT,
			    "there is no kernel '%s': '%s' does not exist; name an installed "
			    "release, a folder that has vmlinuz and lib/modules, a vmlinuz, or a "
			    "profile",
			    release.c_str(), image.c_str());
	return KernelFiles{image, ""};
}

static Result<KernelFiles> of_folder(const std::string &folder)
{
	if (exists(folder + "/vmlinuz"))
		return KernelFiles{folder + "/vmlinuz", folder};
	std::vector<std::string> images;
	std::error_code error;
	for (const fs::directory_entry &entry : fs::directory_iterator(folder + "/boot", error)) {
		if (entry.path().filename().string().starts_with("vmlinuz-"))
			images.push_back(entry.path().string());
	}
	std::ranges::sort(images);
	if (images.empty())
		return fail(ENOENT, "the folder '%s' has neither a vmlinuz nor a boot/vmlinuz-*",
			    folder.c_str());
	if (images.size() > 1)
		return fail(EINVAL, "the folder '%s' has %zu kernels; name one of them, as '%s'",
			    folder.c_str(), images.size(), images[0].c_str());
	return KernelFiles{images[0], folder};
}

static KernelFiles of_image(const std::string &image)
{
	fs::path folder = fs::absolute(image).parent_path();
	if (folder.filename() == "boot")
		folder = folder.parent_path();
	bool has_modules = exists(folder.string() + "/lib/modules");
	return {image, has_modules && folder != "/" ? folder.string() : ""};
}

Result<KernelFiles> find_kernel_files(const std::string &kernel)
{
	if (kernel.find('/') == std::string::npos && !exists(kernel))
		return of_release(kernel);
	std::error_code error;
	if (fs::is_directory(kernel, error))
		return of_folder(kernel);
	if (!exists(kernel))
		return fail(ENOENT, "there is no folder and no kernel '%s'", kernel.c_str());
	// It is read more than once.
	if (!fs::is_regular_file(kernel, error))
		return fail(EINVAL, "'%s' is neither a folder nor a regular file", kernel.c_str());
	return of_image(kernel);
}

}
