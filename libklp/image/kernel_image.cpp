// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_image.hpp"
#include "../file.hpp"
#include "../module/module_file.hpp"
#include "../module/notes.hpp"
#include "../try.hpp"
#include "boot_image.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>

namespace klp {

// An ELF vmlinux may have its debug information.
constexpr size_t kernel_file_limit = 1u << 30;

constexpr size_t banner_limit = 1024;

static int length(std::string_view name)
{
	return static_cast<int>(name.size());
}

static unsigned long long hex(uint64_t value)
{
	return value;
}

Result<KernelImage> KernelImage::open(const std::string &path)
{
	std::vector<std::byte> bytes = TRY(read_bytes(path, kernel_file_limit));
	return parse(path, std::move(bytes));
}

Result<KernelImage> KernelImage::parse(const std::string &path, std::vector<std::byte> bytes)
{
	std::string name = path;
	if (is_boot_image(bytes)) {
		bytes = TRY(unpack_boot_image(path, bytes));
		name += ": unpacked";
	}
	Vmlinux vmlinux = TRY(Vmlinux::parse(name, std::move(bytes)));
	KernelImage image(std::move(vmlinux));
	image.kallsyms_ = TRY(read_image_kallsyms(image.vmlinux_));
	image.index_symbols();
	image.exports_ = TRY(read_image_exports(image.vmlinux_));
	TRY(image.check_bounds());
	TRY(image.check_exports());
	return image;
}

void KernelImage::index_symbols()
{
	const std::vector<Symbol> &symbols = kallsyms_.symbols;
	heads_.assign(std::bit_ceil(symbols.size() + 1), none);
	next_.resize(symbols.size());
	// Goes from the last symbol to the first, so that each chain is in the kernel's order.
	for (uint32_t i = symbols.size(); i-- > 0;) {
		uint32_t &head = heads_[bucket(symbols[i].name)];
		next_[i] = head;
		head = i;
	}
}

size_t KernelImage::bucket(std::string_view name) const
{
	return std::hash<std::string_view>()(name) & (heads_.size() - 1);
}

// Symbols that the linker script puts at the bounds of sections: they prove the
// addresses of kallsyms against the section headers, which the linker wrote itself.
Result<> KernelImage::check_bounds() const
{
	static constexpr struct {
		std::string_view symbol, section;
		bool at_end;
	} bounds[] = {
		{"_text", ".text", false},
		{"__start_rodata", ".rodata", false},
		{"__start___ksymtab", "__ksymtab", false},
		{"__stop___ksymtab", "__ksymtab", true},
		{"__start_BTF", ".BTF", false},
		{"__stop_BTF", ".BTF", true},
		{"__start_orc_unwind_ip", ".orc_unwind_ip", false},
		{"__stop_orc_unwind", ".orc_unwind", true},
		{"_sinittext", ".init.text", false},
		{"__per_cpu_start", ".data..percpu", false},
		{"__bss_start", ".bss", false},
	};
	for (const auto &bound : bounds) {
		const Section *section = vmlinux_.section(bound.section);
		for (const Symbol *symbol : find(bound.symbol)) {
			uint64_t right = !section	? 0
					 : bound.at_end ? section->end()
							: section->address;
			if (section && symbol->address != right)
				return vmlinux_.corrupt(
					*section, 0,
					"kallsyms has '%.*s' at %#llx and not at %#llx",
					length(bound.symbol), bound.symbol.data(),
					hex(symbol->address), hex(right));
		}
	}
	return {};
}

// The linker also wrote the addresses of exports. There are thousands of them, all over the image.
Result<> KernelImage::check_exports() const
{
	for (const Export &symbol : exports_) {
		std::vector<const Symbol *> named = find(symbol.name);
		if (std::ranges::find(named, symbol.address, &Symbol::address) != named.end())
			continue;
		const Section *table = symbol.gpl_only ? section("__ksymtab_gpl") : nullptr;
		if (!table)
			table = section("__ksymtab");
		return vmlinux_.corrupt(
			*table, 0, "'%.*s' is exported at %#llx, where kallsyms has no such symbol",
			length(symbol.name), symbol.name.data(), hex(symbol.address));
	}
	return {};
}

std::vector<const KernelImage::Symbol *> KernelImage::find(std::string_view name) const
{
	std::vector<const Symbol *> found;
	for (uint32_t i = heads_[bucket(name)]; i != none; i = next_[i]) {
		if (kallsyms_.symbols[i].name == name)
			found.push_back(&kallsyms_.symbols[i]);
	}
	return found;
}

std::vector<const KernelImage::Symbol *> KernelImage::at(uint64_t address) const
{
	std::vector<const Symbol *> found;
	for (const Symbol &symbol :
	     std::ranges::equal_range(kallsyms_.symbols, address, {}, &Symbol::address))
		found.push_back(&symbol);
	return found;
}

const KernelImage::Symbol *KernelImage::covering(uint64_t address) const
{
	const Section *section = section_at(address);
	auto after = std::ranges::upper_bound(kallsyms_.symbols, address, {}, &Symbol::address);
	if (!section || after == kallsyms_.symbols.begin() || after[-1].address < section->address)
		return nullptr;
	return &after[-1];
}

const KernelImage::Export *KernelImage::export_of(std::string_view name) const
{
	auto place = std::ranges::lower_bound(exports_, name, {}, &Export::name);
	return place != exports_.end() && place->name == name ? &*place : nullptr;
}

std::string KernelImage::build_id() const
{
	const Section *notes = section(".notes");
	return notes ? gnu_build_id(notes->data) : "";
}

std::string KernelImage::banner() const
{
	for (const Symbol *symbol : find("linux_banner")) {
		std::optional<std::string_view> text =
			vmlinux_.string(symbol->address, banner_limit);
		if (text)
			return std::string(text->substr(0, text->find('\n')));
	}
	return "";
}

std::span<const std::byte> KernelImage::btf() const
{
	const Section *btf = section(".BTF");
	return btf ? btf->data : std::span<const std::byte>();
}

}
