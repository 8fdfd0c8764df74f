// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace [[gnu::visibility("default")]] klp {

// A line of /proc/modules, with facts from sysfs.
struct LoadedModule {
	std::string name;
	unsigned long references;
	bool live; // not Loading or Unloading
	bool is_livepatch; // carries the taint K
};

}
