// SPDX-License-Identifier: LGPL-2.1-or-later
// The facts that the files of a kernel tell, whether it runs or not. Kernel has the meaning of each
// answer.
#pragma once

#include "../module/module_file.hpp"

#include <klp/kernel.hpp>

namespace klp {

class KernelOnDisk {
public:
	virtual ~KernelOnDisk() = default;

	virtual const std::string &release() const = 0;
	virtual Result<std::string> vermagic() = 0;
	virtual bool has_livepatch() = 0;
	virtual Result<KlpLayout> klp_layout() = 0;
	virtual Result<std::vector<std::byte>> btf(const std::string &object) = 0;
	virtual bool has_module(const std::string &module) = 0;
	// In all three, object is "vmlinux" or a module; ENOENT for a module that is not there.
	virtual Result<size_t> count_symbols(const std::string &object,
					     const std::string &name) = 0;
	virtual Result<bool> is_traceable(const std::string &object, const std::string &name,
					  unsigned long sympos) = 0;
	virtual Result<std::string> build_id(const std::string &object) = 0;
	// std::nullopt where the object does not export the symbol, or is not there.
	virtual Result<std::optional<ModuleExport>> export_of(const std::string &object,
							      const std::string &symbol) = 0;
};

// The kernel, or the profile, that find_kernel_files() finds.
Result<std::unique_ptr<KernelOnDisk>> open_kernel_on_disk(const std::string &kernel);

}
