// SPDX-License-Identifier: LGPL-2.1-or-later
#include "init_part.hpp"
#include "../libklp/try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace klp {

namespace {

class Copy {
public:
	Copy(const KernelImage &kernel, const std::map<std::string, ModuleElf::SymbolId> &defined,
	     ModuleImports &imports, ModuleElf &elf)
	    : kernel_(kernel), names_(defined), imports_(imports), elf_(elf)
	{
	}
	void sections(const ElfFile &part);
	void symbols(const ElfFile &part);
	Result<> relocations(const ElfFile &part);

private:
	struct Place {
		ModuleElf::SectionId section;
		uint64_t offset;
	};
	Result<ModuleElf::SymbolId> symbol_for(const ElfFile &part, const ElfSymbol &symbol);

	const KernelImage &kernel_;
	std::map<std::string, ModuleElf::SymbolId> names_;
	ModuleImports &imports_;
	ModuleElf &elf_;
	std::map<std::pair<const ElfFile *, uint32_t>, Place> sections_;
};

// Whether the module has its own section of this name.
bool is_replaced_section(std::string_view name)
{
	return name == ".modinfo" || name == "__versions" || name.starts_with(".note") ||
	       name.starts_with(".discard") || name == ".ibt_endbr_seal";
}

void Copy::sections(const ElfFile &part)
{
	for (const ElfSection &section : part.sections()) {
		if (!(section.flags & SHF_ALLOC) || section.size == 0 ||
		    is_replaced_section(section.name))
			continue;
		// Separate from the patch's own code, whose symbols bound the code that the kernel
		// looks for on stacks.
		std::string name(section.name == ".text" ? ".text.klprt" : section.name);
		ModuleElf::SectionId id = elf_.section(
			name, section.type, section.flags & ~uint64_t{SHF_MERGE | SHF_STRINGS});
		uint64_t offset = section.type == SHT_NOBITS
					  ? elf_.append_zero(id, section.size, section.align)
					  : elf_.append(id, section.data, section.align);
		sections_[{&part, section.index}] = {id, offset};
	}
}

void Copy::symbols(const ElfFile &part)
{
	for (const ElfSymbol &symbol : part.symbols()) {
		auto place = sections_.find({&part, symbol.section});
		if (symbol.section == SHN_UNDEF || place == sections_.end() ||
		    symbol.name.empty() || symbol.type == STT_SECTION ||
		    symbol.name.starts_with(".L"))
			continue;
		names_[std::string(symbol.name)] =
			elf_.define(std::string(symbol.name), place->second.section,
				    place->second.offset + symbol.value, symbol.size,
				    symbol.binding, symbol.type);
	}
}

Result<ModuleElf::SymbolId> Copy::symbol_for(const ElfFile &part, const ElfSymbol &symbol)
{
	std::string name(symbol.name);
	if (symbol.section != SHN_UNDEF)
		return fail(EBADMSG,
			    "%s: '%s' is in section %u, which the patch does not take over",
			    part.path().c_str(), name.c_str(), symbol.section);
	auto known = names_.find(name);
	if (known != names_.end())
		return known->second;
	if (symbol.binding == STB_WEAK)
		return elf_.undefined(name, STB_WEAK);
	const KernelImage::Export *found = kernel_.export_of(name);
	if (!found)
		return fail(ENOENT, "the init part needs '%s', which the kernel does not export",
			    name.c_str());
	return imports_.add(name, found->crc, std::string(found->namespace_));
}

Result<> Copy::relocations(const ElfFile &part)
{
	for (const ElfSection &rela : part.sections()) {
		auto place = sections_.find({&part, rela.info});
		if (rela.type != SHT_RELA || place == sections_.end())
			continue;
		std::vector<ElfRelocation> entries = TRY(part.relocations(rela));
		for (const ElfRelocation &entry : entries) {
			if (entry.type == R_X86_64_NONE)
				continue;
			const ElfSymbol &symbol = part.symbols()[entry.symbol];
			auto target = sections_.find({&part, symbol.section});
			ModuleElf::Relocation relocation = {place->second.offset + entry.offset,
							    entry.type, 0, entry.addend, ""};
			if (symbol.section != SHN_UNDEF && target != sections_.end()) {
				relocation.symbol = elf_.section_symbol(target->second.section);
				relocation.addend += target->second.offset + symbol.value;
			} else {
				relocation.symbol = TRY(symbol_for(part, symbol));
			}
			elf_.relocate(place->second.section, relocation);
		}
	}
	return {};
}

// struct module has its name behind an enum and a list_head (see ModuleFile::parse_name).
void name_module(const std::string &module_name, ModuleElf *elf)
{
	constexpr size_t name_offset = 24, name_size = 64 - sizeof(unsigned long);
	ModuleElf::Section &section = elf->at(
		elf->section(".gnu.linkonce.this_module", SHT_PROGBITS, ModuleElf::data_flags));
	std::fill_n(section.bytes.begin() + name_offset, name_size, std::byte{0});
	std::string name = module_name.substr(0, name_size - 1);
	memcpy(section.bytes.data() + name_offset, name.data(), name.size());
}

}

Result<> add_init_part(const InitPart &init, const std::string &module_name,
		       const KernelImage &kernel,
		       const std::map<std::string, ModuleElf::SymbolId> &defined,
		       ModuleImports *imports, ModuleElf *elf)
{
	Copy copy(kernel, defined, *imports, *elf);
	const ElfFile *parts[] = {&init.code, &init.this_module};
	for (const ElfFile *part : parts)
		copy.sections(*part);
	for (const ElfFile *part : parts)
		copy.symbols(*part);
	for (const ElfFile *part : parts)
		TRY(copy.relocations(*part));
	name_module(module_name, elf);
	return {};
}

}
