// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_words.hpp"

#include <algorithm>

namespace klp::admin {

using protocol::KernelId;

void add_kernel(CommandLine *app, KernelWords *words)
{
	app->add_option("--kernel", words->release, "the kernel's release")->type_name("RELEASE");
	app->add_option("--build-id", words->build_id, "the build id of its vmlinux")
		->type_name("HEX");
}

Checked<KernelId> kernel_of(const KernelWords &words, const std::vector<KernelId> &known)
{
	std::vector<KernelId> fitting;
	for (const KernelId &kernel : known)
		if ((words.release.empty() || words.release == kernel.release) &&
		    (words.build_id.empty() || words.build_id == kernel.build_id))
			fitting.push_back(kernel);
	if (fitting.size() == 1)
		return fitting.front();
	if (fitting.empty())
		return tuf::refuse(FaultKind::not_listed,
				   "no kernel has this release, build id or version; see "
				   "'klp-admin kernel list' and 'klp-admin patch list'");
	std::string names;
	for (const KernelId &kernel : fitting)
		names += (names.empty() ? "" : ", ") + kernel.release + " " + kernel.build_id;
	return tuf::refuse(FaultKind::not_listed,
			   "several kernels fit: %s; choose one with --kernel and --build-id",
			   names.c_str());
}

std::vector<KernelId> kernels_with(const std::vector<protocol::Release> &releases, int64_t version)
{
	std::vector<KernelId> kernels;
	for (const protocol::Release &release : releases)
		if (release.facts.version == version)
			kernels.push_back(release.kernel);
	return kernels;
}

}
