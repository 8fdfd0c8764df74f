// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime.hpp"
#include "../kmod/uapi/klp_runtime.h"
#include "file.hpp"
#include "kmod_module.hpp"
#include "try.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/ioctl.h>

namespace klp {

Result<Runtime> Runtime::open(const std::string &root)
{
	std::string path = root + KLPRT_DEVICE;
	UniqueFd fd = TRY(open_file(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	klprt_status status{};
	status.size = sizeof(status);
	if (ioctl(fd.get(), KLPRT_IOC_STATUS, &status) != 0)
		return fail(EPROTO, "'%s' is not klp_runtime's: %s", path.c_str(), strerror(errno));
	if (status.version != KLPRT_VERSION)
		return fail(
			EPROTO,
			"'%s' has the interface version %u, and klp needs %u: install the klp_runtime of this klp",
			path.c_str(), status.version, KLPRT_VERSION);
	return Runtime(std::move(fd));
}

// Follows an administrator's modprobe.d: a blacklisted module is not installed.
static Result<> load_runtime()
{
	KmodContext context = TRY(kmod_context(KmodConfig::modprobe_d));
	KmodModule module = TRY(kmod_module_of_name(context, "klp_runtime"));
	if (!kmod_module_get_path(module.get()))
		return fail(ENOENT, "the module 'klp_runtime' is not installed");
	int status = kmod_module_probe_insert_module(module.get(), KMOD_PROBE_APPLY_BLACKLIST,
						     nullptr, nullptr, nullptr, nullptr);
	if (status == KMOD_PROBE_APPLY_BLACKLIST)
		return fail(ENOENT, "the module 'klp_runtime' is blacklisted");
	if (status < 0)
		return fail(-status, "cannot load 'klp_runtime': %s", strerror(-status));
	return {};
}

Result<Runtime> Runtime::open_or_load(const std::string &root)
{
	Result<Runtime> opened = open(root);
	// A root other than / is not that of the kernel that would load the module.
	if (opened || opened.error().code != ENOENT || !root.empty())
		return opened;
	TRY(load_runtime());
	return open(root);
}

static klprt_urgency to_kernel(Urgency urgency)
{
	switch (urgency) {
	case Urgency::gentle:
		return KLPRT_GENTLE;
	case Urgency::normal:
		return KLPRT_NORMAL;
	case Urgency::now:
		return KLPRT_NOW;
	}
	__builtin_unreachable();
}

Result<> Runtime::advance(const std::string &patch, Urgency urgency)
{
	klprt_advance advance{};
	advance.size = sizeof(advance);
	advance.urgency = to_kernel(urgency);
	if (patch.empty() || patch.size() >= sizeof(advance.patch))
		return fail(EINVAL, "'%s' is not a module's name: 1 to %zu characters",
			    patch.c_str(), sizeof(advance.patch) - 1);
	patch.copy(advance.patch, patch.size());
	if (ioctl(fd_.get(), KLPRT_IOC_ADVANCE, &advance) != 0)
		return fail(errno, "cannot advance '%s': %s", patch.c_str(), strerror(errno));
	return {};
}

}
