// SPDX-License-Identifier: LGPL-2.1-or-later
// The modules under /lib/modules/RELEASE, read at the first question for each.
#pragma once

#include "module/module_file.hpp"

#include <map>

namespace klp {

class ModuleFiles {
public:
	ModuleFiles(std::string root, std::string release)
	    : root_(std::move(root)), release_(std::move(release))
	{
	}

	// Whether the module is listed; its file may be unreadable.
	bool has(const std::string &module) const;
	// Valid until the next call: only some files stay in memory, as many as are small. ENOENT.
	Result<const ModuleFile *> file(const std::string &module);

private:
	std::string root_;
	std::string release_;
	std::map<std::string, Result<ModuleFile>> files_;
};

// Whether ftrace has a site at the function that a name and a position mean (0: the first).
Result<bool> is_traceable_at(const ModuleFile &file, const std::string &name, unsigned long sympos);

}
