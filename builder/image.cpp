// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image.hpp"
#include "../libklp/try.hpp"
#include "object.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace klp {

// Image chooses a module's addresses: within two gigabytes, so that every relocation fits, and
// never 0.
static constexpr uint64_t module_start = 0x1000'0000;
static constexpr uint64_t externals_start = 0x5000'0000;
static constexpr uint64_t external_step = 0x1'0000;
static constexpr uint64_t module_end = 0x7fff'0000;

const TypeIds *Image::type_ids() const
{
	if (!unread_btf_.empty()) {
		Result<TypeIds> ids = TypeIds::parse(std::exchange(unread_btf_, {}));
		if (ids)
			type_ids_ = std::make_shared<const TypeIds>(std::move(*ids));
	}
	return type_ids_.get();
}

Image Image::of_kernel(const KernelImage &kernel)
{
	Image image;
	image.name_ = "vmlinux";
	image.build_id_ = kernel.build_id();
	image.unread_btf_ = kernel.btf();
	for (const KernelImage::Section &section : kernel.sections()) {
		if (section.flags & SHF_ALLOC)
			image.sections_.push_back({section.name, section.address, section.size,
						   (section.flags & SHF_EXECINSTR) != 0,
						   section.data});
	}
	for (const KernelImage::Symbol &symbol : kernel.symbols()) {
		// nm(1): a capital letter is a global symbol; V and W are weak ones.
		bool function = strchr("tTwW", symbol.type) != nullptr;
		bool global = isupper(static_cast<unsigned char>(symbol.type)) != 0;
		bool weak = strchr("VW", symbol.type) != nullptr;
		image.symbols_.push_back({symbol.name, symbol.address, function, global, 0, weak});
	}
	for (uint32_t i = 0; i < image.symbols_.size(); i++)
		image.by_name_[image.symbols_[i].name].push_back(i);
	image.index();
	return image;
}

void Image::index()
{
	std::ranges::sort(sections_, {}, &Section::address);
	// Livepatch counts the symbols that remain when a module has been loaded, in the order of
	// its file (ModuleFile::kernel_symbols), and in vmlinux the symbols in kallsyms.
	for (auto &[name, list] : by_name_) {
		unsigned long count = 0;
		for (uint32_t i : list) {
			if (!is_module() || !is_init(symbols_[i].address))
				symbols_[i].sympos = ++count;
		}
	}
	// by_name_ counts as livepatch does; from here on the order is that of addresses.
	std::vector<uint32_t> order(symbols_.size()), rank(symbols_.size());
	for (uint32_t i = 0; i < order.size(); i++)
		order[i] = i;
	std::ranges::stable_sort(order, {}, [&](uint32_t i) { return symbols_[i].address; });
	std::vector<Symbol> sorted;
	sorted.reserve(order.size());
	for (uint32_t i = 0; i < order.size(); i++) {
		sorted.push_back(symbols_[order[i]]);
		rank[order[i]] = i;
	}
	symbols_ = std::move(sorted);
	for (auto &[name, list] : by_name_) {
		for (uint32_t &i : list)
			i = rank[i];
	}
}

template <class T> static void add_to(std::vector<std::byte> *bytes, uint64_t offset, T value)
{
	memcpy(bytes->data() + offset, &value, sizeof(value));
}

Result<> Image::relocate(const ModuleFile &module, const ElfSection &rela)
{
	const ElfFile &elf = module.elf();
	std::vector<ElfRelocation> entries = TRY(elf.relocations(rela));
	std::vector<std::byte> &bytes = contents_[rela.info];
	for (const ElfRelocation &entry : entries) {
		size_t width = relocation_width(entry.type);
		if (entry.type == R_X86_64_NONE)
			continue;
		if (width == 0 || entry.offset + width > bytes.size())
			return elf.corrupt(rela, 0, "relocation type %u at %#zx cannot be applied",
					   entry.type, static_cast<size_t>(entry.offset));
		const ElfSymbol &symbol = elf.symbols()[entry.symbol];
		uint64_t value = symbol.value;
		if (elf.section_of(symbol)) {
			value += places_[symbol.section];
		} else if (symbol.section == SHN_UNDEF) {
			auto known = std::ranges::find(externals_, symbol.name);
			if (known == externals_.end())
				known = externals_.insert(externals_.end(), symbol.name);
			value = externals_start + (known - externals_.begin()) * external_step;
			if (value >= module_end)
				return fail(EFBIG,
					    "%s: more symbols from elsewhere than a module has",
					    elf.path().c_str());
		}
		value += entry.addend;
		if (is_pc_relative(entry.type))
			value -= places_[rela.info] + entry.offset;
		if (width == 8)
			add_to(&bytes, entry.offset, value);
		else
			add_to(&bytes, entry.offset, static_cast<uint32_t>(value));
	}
	return {};
}

Result<> Image::place_module(const ModuleFile &module)
{
	const ElfFile &elf = module.elf();
	contents_.resize(elf.sections().size());
	places_.resize(elf.sections().size());
	uint64_t next = module_start;
	for (const ElfSection &section : elf.sections()) {
		if (!(section.flags & SHF_ALLOC))
			continue;
		uint64_t align = std::max<uint64_t>(section.align, 1);
		next = (next + align - 1) / align * align;
		places_[section.index] = next;
		contents_[section.index].assign(section.data.begin(), section.data.end());
		next += section.size + 1;
		if (section.size > externals_start || next > externals_start)
			return elf.corrupt(section, 0, "%#zx bytes are more than a module has",
					   static_cast<size_t>(section.size));
	}
	return {};
}

Result<Image> Image::of_module(const ModuleFile &module)
{
	const ElfFile &elf = module.elf();
	Image image;
	image.name_ = module.name();
	image.build_id_ = module.build_id();
	TRY(image.place_module(module));
	for (const ElfSection &rela : elf.sections()) {
		if (rela.type == SHT_RELA && rela.info < elf.sections().size() &&
		    (elf.sections()[rela.info].flags & SHF_ALLOC))
			TRY(image.relocate(module, rela));
	}
	for (const ElfSection &section : elf.sections()) {
		if (section.flags & SHF_ALLOC)
			image.sections_.push_back({section.name, image.places_[section.index],
						   section.size,
						   (section.flags & SHF_EXECINSTR) != 0,
						   image.contents_[section.index]});
	}
	for (const ElfSymbol &symbol : elf.symbols()) {
		const ElfSection *section = elf.section_of(symbol);
		if (!section || !(section->flags & SHF_ALLOC) || symbol.name.empty() ||
		    symbol.type == STT_SECTION)
			continue;
		image.symbols_.push_back({symbol.name, image.places_[symbol.section] + symbol.value,
					  (section->flags & SHF_EXECINSTR) != 0,
					  symbol.binding != STB_LOCAL, 0,
					  symbol.binding == STB_WEAK});
		image.by_name_[symbol.name].push_back(image.symbols_.size() - 1);
	}
	image.index();
	return image;
}

std::vector<Image::Symbol> Image::find(std::string_view name) const
{
	std::vector<Symbol> found;
	auto list = by_name_.find(name);
	if (list != by_name_.end()) {
		for (uint32_t i : list->second)
			found.push_back(symbols_[i]);
	}
	return found;
}

std::vector<Image::Symbol> Image::at(uint64_t address) const
{
	auto range = std::ranges::equal_range(symbols_, address, {}, &Symbol::address);
	return {range.begin(), range.end()};
}

const Image::Section *Image::section_at(uint64_t address) const
{
	auto next = std::ranges::upper_bound(sections_, address, {}, &Section::address);
	// Empty sections may share an address.
	while (next != sections_.begin()) {
		--next;
		if (address - next->address < next->size)
			return &*next;
		if (next->size > 0)
			break;
	}
	return nullptr;
}

std::optional<Image::Symbol> Image::nearest(uint64_t address) const
{
	const Section *section = section_at(address);
	auto next = std::ranges::upper_bound(symbols_, address, {}, &Symbol::address);
	if (!section)
		return std::nullopt;
	while (next != symbols_.begin() && std::prev(next)->address >= section->address) {
		--next;
		// Prefers a symbol that livepatch can find.
		if (next->sympos != 0)
			return *next;
	}
	return std::nullopt;
}

std::span<const std::byte> Image::bytes(uint64_t address, size_t size) const
{
	const Section *section = section_at(address);
	if (!section || address - section->address > section->data.size() ||
	    section->data.size() - (address - section->address) < size)
		return {};
	return section->data.subspan(address - section->address, size);
}

bool Image::is_zero(uint64_t address, size_t size) const
{
	const Section *section = section_at(address);
	if (!section || section->size - (address - section->address) < size)
		return false;
	std::span<const std::byte> stored = bytes(address, size);
	return section->data.empty() ||
	       (stored.size() == size &&
		std::ranges::all_of(stored, [](std::byte byte) { return byte == std::byte{0}; }));
}

bool Image::is_init(uint64_t address) const
{
	const Section *section = section_at(address);
	return section && section->name.starts_with(".init");
}

std::optional<std::string_view> Image::string_at(uint64_t address) const
{
	const Section *section = section_at(address);
	if (!section || address - section->address >= section->data.size())
		return std::nullopt;
	std::span<const std::byte> rest = section->data.subspan(address - section->address);
	const char *start = reinterpret_cast<const char *>(rest.data());
	size_t length = strnlen(start, rest.size());
	if (length == rest.size())
		return std::nullopt;
	return std::string_view(start, length);
}

std::string_view Image::external_at(uint64_t address) const
{
	uint64_t index = (address - externals_start) / external_step;
	if (!is_module() || address < externals_start || index >= externals_.size() ||
	    address % external_step != 0)
		return {};
	return externals_[index];
}

}
