// SPDX-License-Identifier: LGPL-2.1-or-later
// An object of a shipped kernel as it lies in memory: vmlinux, or a module. Image returns the bytes
// and the symbols at an address.
//
// vmlinux is linked, so its addresses are in the file. A module is not linked: Image assigns
// addresses to its sections, applies its relocations, and gives each imported symbol an address of
// its own. So a pointer in a module's bytes identifies its target, in the same way as a pointer in
// vmlinux.
#pragma once

#include "../libklp/image/kernel_image.hpp"
#include "../libklp/module/module_file.hpp"
#include "type_ids.hpp"

#include <memory>
#include <string>
#include <unordered_map>

namespace klp {

// Views live as long as the Image; moving the Image keeps its views valid.
class Image {
public:
	struct Symbol {
		std::string_view name;
		uint64_t address;
		bool function; // in code
		bool global;
		unsigned long
			sympos; // which of this name, as livepatch counts: from 1; 0: it can't
		bool weak = false; // every unit's definition is weak
	};

	struct Section {
		std::string_view name;
		uint64_t address;
		uint64_t size;
		bool code;
		std::span<const std::byte> data;
	};

	static Image of_kernel(const KernelImage &kernel);
	// EBADMSG where a relocation of the module cannot be applied.
	static Result<Image> of_module(const ModuleFile &module);

	// "vmlinux" or the module's name.
	const std::string &name() const { return name_; }
	bool is_module() const { return name_ != "vmlinux"; }
	const std::string &build_id() const { return build_id_; }

	// In order of address.
	std::span<const Section> sections() const { return sections_; }
	// All symbols of this name, in the order of sympos.
	std::vector<Symbol> find(std::string_view name) const;
	std::vector<Symbol> at(uint64_t address) const;
	// The nearest symbol at or below an address, in the same section.
	std::optional<Symbol> nearest(uint64_t address) const;
	// Empty if the image does not have all of the bytes.
	std::span<const std::byte> bytes(uint64_t address, size_t size) const;
	// Whether the image has these bytes and all are 0, stored in the file or not.
	bool is_zero(uint64_t address, size_t size) const;
	// Whether the kernel frees this memory after booting or loading.
	bool is_init(uint64_t address) const;
	// The NUL-terminated string at an address; nothing where there is none.
	std::optional<std::string_view> string_at(uint64_t address) const;
	// The kernel's types; nullptr for a module, and without BTF. Made on the first call.
	const TypeIds *type_ids() const;
	// The imported symbol of a module that an address stands for.
	std::string_view external_at(uint64_t address) const;

private:
	Image() = default;
	void index();
	const Section *section_at(uint64_t address) const;
	Result<> place_module(const ModuleFile &module);
	Result<> relocate(const ModuleFile &module, const ElfSection &rela);

	std::string name_;
	std::string build_id_;
	std::vector<Section> sections_; // by address
	std::vector<Symbol> symbols_; // by address
	std::unordered_map<std::string_view, std::vector<uint32_t>> by_name_; // in sympos order
	// A module's relocated section contents, and the address of each section.
	std::vector<std::vector<std::byte>> contents_;
	std::vector<uint64_t> places_; // by section index; 0: none
	std::vector<std::string_view> externals_;
	mutable std::span<const std::byte> unread_btf_;
	mutable std::shared_ptr<const TypeIds> type_ids_;
};

}
