// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kmod_module.hpp"

#include <cerrno>
#include <cstring>

namespace klp {

Result<KmodContext> kmod_context(KmodConfig config, const char *folder)
{
	const char *no_config = nullptr;
	KmodContext context(kmod_new(folder, config == KmodConfig::none ? &no_config : nullptr));
	if (!context)
		return fail(ENOMEM, "cannot set up libkmod");
	kmod_set_log_priority(context.get(), 0);
	return context;
}

Result<KmodModule> kmod_module_of_name(const KmodContext &context, const std::string &name)
{
	kmod_module *module = nullptr;
	int status = kmod_module_new_from_name(context.get(), name.c_str(), &module);
	if (status < 0)
		return fail(-status, "'%s' is no module name: %s", name.c_str(), strerror(-status));
	return KmodModule(module);
}

}
