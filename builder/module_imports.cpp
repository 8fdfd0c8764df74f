// SPDX-License-Identifier: LGPL-2.1-or-later
#include "module_imports.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace klp {

ModuleElf::SymbolId ModuleImports::add(const std::string &name, std::optional<uint32_t> crc,
				       const std::string &name_space)
{
	if (crc)
		versions_[name] = *crc;
	if (!name_space.empty())
		name_spaces_.insert(name_space);
	return elf_.undefined(name, STB_GLOBAL);
}

// struct modversion_info: an unsigned long and a name, 64 bytes.
void ModuleImports::add_versions(const KernelImage &kernel)
{
	constexpr size_t entry_size = 64;
	const KernelImage::Export *layout = kernel.export_of("module_layout");
	if (layout && layout->crc)
		versions_["module_layout"] = *layout->crc;
	for (const auto &[name, crc] : versions_) {
		std::array<char, entry_size> entry = {};
		uint64_t value = crc;
		memcpy(entry.data(), &value, sizeof(value));
		memcpy(entry.data() + sizeof(value), name.data(),
		       std::min(name.size(), entry_size - sizeof(value) - 1));
		elf_.append(elf_.section("__versions", SHT_PROGBITS, ModuleElf::constant_flags),
			    std::as_bytes(std::span(entry)), 1);
	}
}

}
