// SPDX-License-Identifier: LGPL-2.1-or-later
// libkmod's objects, each with its owner.
#pragma once

#include "fail.hpp"

#include <libkmod.h>
#include <memory>

namespace klp {

struct KmodUnref {
	void operator()(kmod_ctx *context) const { kmod_unref(context); }
	void operator()(kmod_module *module) const { kmod_module_unref(module); }
};
using KmodContext = std::unique_ptr<kmod_ctx, KmodUnref>;
// A module lives no longer than its context.
using KmodModule = std::unique_ptr<kmod_module, KmodUnref>;

enum class KmodConfig {
	none,
	modprobe_d, // the administrator's, such as blacklists
};

// A context that writes nothing to stderr: libkmod's errno tells the failure. folder:
// /lib/modules/RELEASE, nullptr for the running kernel's.
Result<KmodContext> kmod_context(KmodConfig config, const char *folder = nullptr);

// ENOENT, EINVAL: no module can have this name.
Result<KmodModule> kmod_module_of_name(const KmodContext &context, const std::string &name);

}
