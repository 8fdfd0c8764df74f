// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../libklp/image/kernel_image.hpp"
#include "module_elf.hpp"

#include <optional>
#include <set>

namespace klp {

// The symbols that a module takes from the kernel's exports.
class ModuleImports {
public:
	explicit ModuleImports(ModuleElf &elf) : elf_(elf) {}

	ModuleElf::SymbolId add(const std::string &name, std::optional<uint32_t> crc,
				const std::string &name_space);
	// The name spaces that the module's modinfo must name.
	const std::set<std::string> &name_spaces() const { return name_spaces_; }
	// Adds the checksums of all added symbols.
	void add_versions(const KernelImage &kernel);

private:
	ModuleElf &elf_;
	std::map<std::string, uint32_t> versions_;
	std::set<std::string> name_spaces_;
};

}
