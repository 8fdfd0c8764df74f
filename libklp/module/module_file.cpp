// SPDX-License-Identifier: LGPL-2.1-or-later
#include "module_file.hpp"
#include "../file.hpp"
#include "../try.hpp"
#include "compression.hpp"
#include "notes.hpp"
#include "signature.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <klp/module_name.hpp>

namespace klp {

bool is_module_name(std::string_view name)
{
	return !name.empty() && std::ranges::all_of(name, [](unsigned char letter) {
		return isgraph(letter) &&
		       std::string_view("-,./").find(letter) == std::string_view::npos;
	});
}

Result<ModuleFile> ModuleFile::open(const std::string &path)
{
	Result<std::vector<std::byte>> bytes = read_bytes(path, module_size_limit);
	if (bytes)
		bytes = decompress(std::move(*bytes), path, module_size_limit);
	if (!bytes && bytes.error().code == EFBIG)
		return fail(EBADMSG, "%s; no module is as large", bytes.error().message.c_str());
	if (!bytes)
		return std::unexpected(bytes.error());
	return parse(path, std::move(*bytes));
}

Result<ModuleFile> ModuleFile::parse(const std::string &path, std::vector<std::byte> bytes)
{
	if (bytes.size() > module_size_limit)
		return fail(EBADMSG, "%s: +0: %zu bytes; a module has at most %zu", path.c_str(),
			    bytes.size(), module_size_limit);
	ElfFile elf = TRY(ElfFile::parse(path, std::move(bytes)));
	ModuleFile file(std::move(elf));
	TRY(file.parse_modinfo());
	TRY(file.parse_versions());
	TRY(file.parse_name());
	return file;
}

Result<> ModuleFile::parse_modinfo()
{
	const ElfSection *section = elf_.section(".modinfo");
	if (!section)
		return {};
	// The longest modinfo of a distribution, with the aliases of all devices of a kind, has a
	// tenth of this.
	constexpr size_t limit = 1 << 20;
	if (section->data.size() > limit)
		return elf_.corrupt(*section, 0, "%zu bytes; %zu are allowed", section->data.size(),
				    limit);
	uint64_t offset = 0;
	while (offset < section->data.size()) {
		std::string_view entry = TRY(elf_.string_at(*section, offset));
		size_t equals = entry.find('=');
		if (equals != std::string_view::npos)
			modinfo_.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
		else if (!entry.empty())
			return elf_.corrupt(*section, offset, "an entry without '='");
		offset += entry.size() + 1;
	}
	return {};
}

// struct modversion_info (include/linux/module.h): an unsigned long and a name that together fill
// 64 bytes.
Result<> ModuleFile::parse_versions()
{
	constexpr size_t entry_size = 64;
	const ElfSection *section = elf_.section("__versions");
	if (!section)
		return {};
	if (section->data.size() % entry_size != 0)
		return elf_.corrupt(*section, 0, "a size of %#zx is no multiple of %zu",
				    section->data.size(), entry_size);
	for (size_t at = 0; at < section->data.size(); at += entry_size) {
		uint64_t crc = 0;
		read_at(section->data, at, &crc);
		const char *name = reinterpret_cast<const char *>(section->data.data()) + at + 8;
		size_t length = strnlen(name, entry_size - 8);
		if (length == entry_size - 8)
			return elf_.corrupt(*section, at + 8, "a name without end");
		versions_.push_back({std::string(name, length), static_cast<uint32_t>(crc)});
	}
	return {};
}

// The kernel uses the name in struct module in .gnu.linkonce.this_module. Its offset, 24, is that
// of module.name behind an enum and a list_head, as in every 64-bit kernel since 2.6 (BTF of 6.1,
// 6.12 and 7.3). modpost writes the same name to .modinfo.
Result<> ModuleFile::parse_name()
{
	constexpr size_t name_offset = 24;
	constexpr size_t name_size = 64 - sizeof(unsigned long);
	const ElfSection *section = elf_.section(".gnu.linkonce.this_module");
	if (!section)
		return fail(EBADMSG, "%s: no .gnu.linkonce.this_module: not a kernel module",
			    elf_.path().c_str());
	char name[name_size];
	if (section->data.size() < name_offset + name_size)
		return elf_.corrupt(*section, 0, "%zu bytes are too few for struct module",
				    section->data.size());
	memcpy(name, section->data.data() + name_offset, name_size);
	size_t length = strnlen(name, name_size);
	if (length == 0 || length == name_size)
		return elf_.corrupt(*section, name_offset, "no module name");
	name_ = module_name(std::string_view(name, length));
	// The name is a part of paths, of /proc/modules and of the system log.
	if (name_.starts_with('.') || name_.find('/') != std::string::npos ||
	    !std::ranges::all_of(name_, [](unsigned char letter) { return isgraph(letter); }))
		return elf_.corrupt(*section, name_offset, "'%s' cannot be a module's name",
				    name_.c_str());
	return {};
}

std::optional<std::string_view> ModuleFile::modinfo(std::string_view key) const
{
	for (const auto &[name, value] : modinfo_) {
		if (name == key)
			return value;
	}
	return std::nullopt;
}

std::vector<std::string_view> ModuleFile::modinfo_all(std::string_view key) const
{
	std::vector<std::string_view> values;
	for (const auto &[name, value] : modinfo_) {
		if (name == key)
			values.push_back(value);
	}
	return values;
}

std::vector<std::string> ModuleFile::needed_symbols() const
{
	std::vector<std::string> names;
	for (const ElfSymbol &symbol : elf_.symbols()) {
		// The kernel lets a weak one stay unresolved (simplify_symbols()).
		if (symbol.section == SHN_UNDEF && !symbol.name.empty() &&
		    symbol.binding != STB_WEAK)
			names.emplace_back(symbol.name);
	}
	return names;
}

static constexpr std::string_view export_entry = "__ksymtab_";

std::vector<std::string> ModuleFile::exported_symbols() const
{
	std::vector<std::string> names;
	for (const ElfSymbol &symbol : elf_.symbols()) {
		if (!symbol.name.starts_with(export_entry))
			continue;
		std::string_view name = symbol.name.substr(export_entry.size());
		if (export_of(name))
			names.emplace_back(name);
	}
	return names;
}

// The text at a symbol; "" where there is none.
static std::string_view text_at(const ElfFile &elf, const ElfSymbol &symbol)
{
	const ElfSection *section = elf.section_of(symbol);
	if (!section || symbol.value >= section->data.size())
		return "";
	std::string_view text(reinterpret_cast<const char *>(section->data.data()),
			      section->data.size());
	text.remove_prefix(symbol.value);
	return text.substr(0, text.find('\0'));
}

// modpost makes a symbol __ksymtab_NAME for each entry of __ksymtab and __ksymtab_gpl; the parallel
// section __kcrctab or __kcrctab_gpl has the checksums, and __kstrtabns_NAME is the namespace.
std::optional<ModuleExport> ModuleFile::export_of(std::string_view symbol) const
{
	constexpr uint64_t entry_size = 12; // struct kernel_symbol
	std::string name(symbol);
	std::vector<const ElfSymbol *> found = kernel_symbols(std::string(export_entry) + name);
	const ElfSection *table = found.empty() ? nullptr : elf_.section_of(*found[0]);
	if (!table || (table->name != "__ksymtab" && table->name != "__ksymtab_gpl"))
		return std::nullopt;
	ModuleExport exported;
	bool is_gpl = table->name == "__ksymtab_gpl";
	uint64_t index = found[0]->value / entry_size;
	const ElfSection *crcs = elf_.section(is_gpl ? "__kcrctab_gpl" : "__kcrctab");
	uint32_t crc;
	if (crcs && read_at(crcs->data, index * sizeof(crc), &crc))
		exported.crc = crc;
	const ElfSection *flags = is_gpl ? nullptr : elf_.section("__kflagstab");
	uint8_t flag = 0;
	if (flags)
		read_at(flags->data, index, &flag);
	exported.terms.gpl_only = is_gpl || flag & export_is_gpl_only;
	std::vector<const ElfSymbol *> name_space = kernel_symbols("__kstrtabns_" + name);
	if (!name_space.empty())
		exported.terms.name_space = text_at(elf_, *name_space[0]);
	return exported;
}

std::string ModuleFile::build_id() const
{
	for (const ElfSection &section : elf_.sections()) {
		if (section.type != SHT_NOTE)
			continue;
		std::string id = gnu_build_id(section.data);
		if (!id.empty())
			return id;
	}
	return "";
}

Result<std::vector<std::byte>> ModuleFile::btf() const
{
	const ElfSection *section = elf_.section(".BTF");
	if (!section)
		return fail(ENOENT, "'%s' has no BTF", elf_.path().c_str());
	return std::vector<std::byte>(section->data.begin(), section->data.end());
}

bool ModuleFile::is_signed() const
{
	return has_signature(elf_.bytes());
}

Result<Signature> ModuleFile::signature() const
{
	return read_signature(elf_.path(), elf_.bytes());
}

static std::string_view name_of(const ElfSymbol *symbol)
{
	return symbol->name;
}

const std::vector<const ElfSymbol *> &ModuleFile::kernel_symbols() const
{
	if (!kernel_symbols_) {
		kernel_symbols_.emplace();
		for (const ElfSymbol &symbol : elf_.symbols()) {
			const ElfSection *section = elf_.section_of(symbol);
			if (section && (section->flags & SHF_ALLOC) &&
			    !section->name.starts_with(".init"))
				kernel_symbols_->push_back(&symbol);
		}
		std::ranges::stable_sort(*kernel_symbols_, {}, name_of);
	}
	return *kernel_symbols_;
}

std::vector<const ElfSymbol *> ModuleFile::kernel_symbols(std::string_view name) const
{
	auto found = std::ranges::equal_range(kernel_symbols(), name, {}, name_of);
	return {found.begin(), found.end()};
}

// Each entry of __mcount_loc is an address that a relocation fills in. On x86-64 the kernel reads
// no other table: __patchable_function_entries has the padding before functions, notrace or not.
Result<ModuleFile::Sites> ModuleFile::read_ftrace_sites() const
{
	Sites sites;
	for (const ElfSection &rela : elf_.sections()) {
		if (rela.type != SHT_RELA || rela.info >= elf_.sections().size())
			continue;
		std::string_view target = elf_.sections()[rela.info].name;
		if (target != "__mcount_loc")
			continue;
		std::vector<ElfRelocation> entries = TRY(elf_.relocations(rela));
		for (const ElfRelocation &entry : entries) {
			const ElfSymbol &symbol = elf_.symbols()[entry.symbol];
			sites.emplace(symbol.section, symbol.value + entry.addend);
		}
	}
	return sites;
}

Result<bool> ModuleFile::is_traceable(const ElfSymbol &function) const
{
	// The call is at the entry, or behind the ENDBR of an IBT kernel; the kernel searches the
	// same range (kernel/livepatch/patch.c, klp_get_ftrace_location).
	constexpr uint64_t endbr_size = 4;
	if (!ftrace_sites_)
		ftrace_sites_ = read_ftrace_sites();
	const Result<Sites> &sites = *ftrace_sites_;
	if (!sites)
		return std::unexpected(sites.error());
	return sites->contains({function.section, function.value}) ||
	       sites->contains({function.section, function.value + endbr_size});
}

}
