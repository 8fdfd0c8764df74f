// SPDX-License-Identifier: LGPL-2.1-or-later
#include "module_files.hpp"
#include "modules.hpp"
#include "try.hpp"

#include <algorithm>

namespace klp {

static Result<ModuleFile> open_module(const std::string &root, const std::string &release,
				      const std::string &module)
{
	std::string path = TRY(find_module_file(root, release, module));
	return ModuleFile::open(path);
}

bool ModuleFiles::has(const std::string &module) const
{
	return find_module_file(root_, release_, module).has_value();
}

Result<const ModuleFile *> ModuleFiles::file(const std::string &module)
{
	// A patch may name every module that there is.
	constexpr size_t kept_bytes = 32 << 20;
	auto found = files_.find(module);
	if (found == files_.end()) {
		size_t bytes = 0;
		for (const auto &[name, file] : files_)
			bytes += file ? file->elf().bytes().size() : 0;
		if (bytes > kept_bytes)
			std::erase_if(files_,
				      [](const auto &entry) { return entry.second.has_value(); });
		found = files_.emplace(module, open_module(root_, release_, module)).first;
	}
	if (!found->second)
		return std::unexpected(found->second.error());
	return &*found->second;
}

Result<bool> is_traceable_at(const ModuleFile &file, const std::string &name, unsigned long sympos)
{
	std::vector<const ElfSymbol *> symbols = file.kernel_symbols(name);
	size_t index = sympos == 0 ? 0 : sympos - 1;
	if (index >= symbols.size())
		return false;
	return file.is_traceable(*symbols[index]);
}

}
