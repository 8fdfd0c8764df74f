// SPDX-License-Identifier: LGPL-2.1-or-later
#include "module_elf.hpp"
#include "../libklp/module/digest.hpp"

#include <algorithm>
#include <cstring>

namespace klp {

static constexpr std::string_view build_id_section = ".note.gnu.build-id";
static constexpr size_t build_id_size = 20;

ModuleElf::SectionId ModuleElf::section(const std::string &name, uint32_t type, uint64_t flags)
{
	auto [place, added] = section_names_.try_emplace(name, sections_.size());
	if (added) {
		Section section;
		section.name = name;
		section.type = type;
		section.flags = flags;
		sections_.push_back(std::move(section));
	}
	return place->second;
}

static void pad_to(ModuleElf::Section *section, uint64_t align)
{
	align = std::max<uint64_t>(align, 1);
	section->align = std::max(section->align, align);
	section->size = (section->size + align - 1) / align * align;
	// int3 fills the gaps between functions, as in the kernel's linker: no code runs there.
	bool code = section->flags & SHF_EXECINSTR;
	if (section->type != SHT_NOBITS)
		section->bytes.resize(section->size, code ? std::byte{0xcc} : std::byte{0});
}

uint64_t ModuleElf::append(SectionId id, std::span<const std::byte> bytes, uint64_t align)
{
	Section &section = sections_[id];
	pad_to(&section, align);
	uint64_t offset = section.size;
	section.bytes.insert(section.bytes.end(), bytes.begin(), bytes.end());
	section.size += bytes.size();
	return offset;
}

uint64_t ModuleElf::append_zero(SectionId id, uint64_t size, uint64_t align)
{
	Section &section = sections_[id];
	pad_to(&section, align);
	uint64_t offset = section.size;
	section.size += size;
	if (section.type != SHT_NOBITS)
		section.bytes.resize(section.size);
	return offset;
}

ModuleElf::SymbolId ModuleElf::add(Symbol symbol)
{
	symbols_.push_back(std::move(symbol));
	return symbols_.size() - 1;
}

ModuleElf::SymbolId ModuleElf::section_symbol(SectionId id)
{
	auto [place, added] = section_symbols_.try_emplace(id, symbols_.size());
	if (added)
		add({"", STB_LOCAL, STT_SECTION, SHN_XINDEX, id, 0, 0});
	return place->second;
}

ModuleElf::SymbolId ModuleElf::define(const std::string &name, SectionId section, uint64_t value,
				      uint64_t size, uint8_t binding, uint8_t type)
{
	return add({name, binding, type, SHN_XINDEX, section, value, size});
}

ModuleElf::SymbolId ModuleElf::undefined(const std::string &name, uint8_t binding)
{
	auto [place, added] = externals_.try_emplace(name, symbols_.size());
	if (added)
		add({name, binding, STT_NOTYPE, SHN_UNDEF, 0, 0, 0});
	return place->second;
}

ModuleElf::SymbolId ModuleElf::livepatch(const std::string &object, const std::string &name,
					 unsigned long sympos)
{
	// Documentation/livepatch/module-elf-format.rst.
	std::string full = ".klp.sym." + object + "." + name + "," + std::to_string(sympos);
	auto [place, added] = externals_.try_emplace(full, symbols_.size());
	if (added)
		add({full, STB_GLOBAL, STT_NOTYPE, SHN_LIVEPATCH, 0, 0, 0});
	return place->second;
}

namespace {

// The parts of the file in their order: header, contents, section headers.
class FileWriter {
public:
	FileWriter(const std::vector<ModuleElf::Section> &sections,
		   const std::vector<ModuleElf::Symbol> &symbols)
	    : sections_(sections), symbols_(symbols)
	{
	}
	std::vector<std::byte> write();

private:
	uint64_t put(std::span<const std::byte> bytes, uint64_t align);
	template <class T> uint64_t put_array(const std::vector<T> &entries)
	{
		return put(std::as_bytes(std::span(entries)), 8);
	}
	uint32_t name(const std::string &name);
	void order_symbols();
	void put_sections();
	void put_relocations();
	void put_relocations(uint32_t index, const std::string &object);
	void put_symbols();
	void put_header();

	const std::vector<ModuleElf::Section> &sections_;
	const std::vector<ModuleElf::Symbol> &symbols_;
	std::vector<std::byte> file_;
	std::vector<Elf64_Shdr> headers_;
	std::string names_ = std::string(1, '\0');
	std::vector<uint32_t> symbol_order_; // symbols_ in the order of the table
	std::vector<uint32_t> symbol_index_; // where in the table each is
	uint32_t local_symbols_ = 0;
	uint32_t symbol_table_ = 0; // its section's number
};

uint64_t FileWriter::put(std::span<const std::byte> bytes, uint64_t align)
{
	align = std::max<uint64_t>(align, 1);
	file_.resize((file_.size() + align - 1) / align * align);
	uint64_t offset = file_.size();
	file_.insert(file_.end(), bytes.begin(), bytes.end());
	return offset;
}

uint32_t FileWriter::name(const std::string &name)
{
	uint32_t offset = names_.size();
	names_ += name;
	names_ += '\0';
	return offset;
}

// The table has its local symbols first.
void FileWriter::order_symbols()
{
	symbol_index_.resize(symbols_.size());
	for (bool local : {true, false}) {
		for (uint32_t i = 0; i < symbols_.size(); i++) {
			if ((symbols_[i].binding == STB_LOCAL) != local)
				continue;
			symbol_order_.push_back(i);
			symbol_index_[i] = symbol_order_.size(); // number 0 is reserved
		}
		if (local)
			local_symbols_ = symbol_order_.size() + 1;
	}
}

void FileWriter::put_sections()
{
	headers_.push_back({});
	for (const ModuleElf::Section &section : sections_) {
		Elf64_Shdr header = {};
		header.sh_name = name(section.name);
		header.sh_type = section.type;
		header.sh_flags = section.flags;
		header.sh_offset = put(section.bytes, section.align);
		header.sh_size = section.size;
		header.sh_addralign = section.align;
		headers_.push_back(header);
	}
}

void FileWriter::put_relocations(uint32_t index, const std::string &object)
{
	const ModuleElf::Section &section = sections_[index];
	std::vector<Elf64_Rela> entries;
	for (const ModuleElf::Relocation &relocation : section.relocations) {
		if (relocation.object == object)
			entries.push_back(
				{relocation.offset,
				 ELF64_R_INFO(symbol_index_[relocation.symbol], relocation.type),
				 relocation.addend});
	}
	std::ranges::stable_sort(entries, {}, &Elf64_Rela::r_offset);
	Elf64_Shdr header = {};
	header.sh_name = name(object.empty() ? ".rela" + section.name
					     : ".klp.rela." + object + "." + section.name);
	header.sh_type = SHT_RELA;
	header.sh_flags = SHF_INFO_LINK;
	// The kernel keeps these as long as the patch is loaded.
	if (!object.empty())
		header.sh_flags |= SHF_ALLOC | SHF_RELA_LIVEPATCH;
	header.sh_offset = put_array(entries);
	header.sh_size = entries.size() * sizeof(Elf64_Rela);
	header.sh_link = symbol_table_;
	header.sh_info = index + 1;
	header.sh_addralign = 8;
	header.sh_entsize = sizeof(Elf64_Rela);
	headers_.push_back(header);
}

void FileWriter::put_relocations()
{
	std::vector<std::pair<uint32_t, std::string>> tables;
	for (uint32_t i = 0; i < sections_.size(); i++) {
		for (const ModuleElf::Relocation &relocation : sections_[i].relocations)
			tables.emplace_back(i, relocation.object);
	}
	std::ranges::sort(tables);
	tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
	symbol_table_ = 1 + sections_.size() + tables.size();
	for (const auto &[index, object] : tables)
		put_relocations(index, object);
}

void FileWriter::put_symbols()
{
	std::string strings(1, '\0');
	std::vector<Elf64_Sym> table(1);
	for (uint32_t i : symbol_order_) {
		const ModuleElf::Symbol &symbol = symbols_[i];
		Elf64_Sym raw = {};
		if (!symbol.name.empty()) {
			raw.st_name = strings.size();
			strings += symbol.name;
			strings += '\0';
		}
		raw.st_info = ELF64_ST_INFO(symbol.binding, symbol.type);
		raw.st_shndx = symbol.place == SHN_XINDEX ? symbol.section + 1 : symbol.place;
		raw.st_value = symbol.value;
		raw.st_size = symbol.size;
		table.push_back(raw);
	}
	Elf64_Shdr header = {};
	header.sh_name = name(".symtab");
	header.sh_type = SHT_SYMTAB;
	header.sh_offset = put_array(table);
	header.sh_size = table.size() * sizeof(Elf64_Sym);
	header.sh_link = symbol_table_ + 1;
	header.sh_info = local_symbols_;
	header.sh_addralign = 8;
	header.sh_entsize = sizeof(Elf64_Sym);
	headers_.push_back(header);

	header = {};
	header.sh_name = name(".strtab");
	header.sh_type = SHT_STRTAB;
	header.sh_offset = put(std::as_bytes(std::span(strings)), 1);
	header.sh_size = strings.size();
	header.sh_addralign = 1;
	headers_.push_back(header);

	header = {};
	header.sh_name = name(".shstrtab");
	header.sh_type = SHT_STRTAB;
	header.sh_offset = put(std::as_bytes(std::span(names_)), 1);
	header.sh_size = names_.size();
	header.sh_addralign = 1;
	headers_.push_back(header);
}

void FileWriter::put_header()
{
	Elf64_Ehdr header = {};
	memcpy(header.e_ident, ELFMAG, SELFMAG);
	header.e_ident[EI_CLASS] = ELFCLASS64;
	header.e_ident[EI_DATA] = ELFDATA2LSB;
	header.e_ident[EI_VERSION] = EV_CURRENT;
	header.e_type = ET_REL;
	header.e_machine = EM_X86_64;
	header.e_version = EV_CURRENT;
	header.e_shoff = put_array(headers_);
	header.e_ehsize = sizeof(header);
	header.e_shentsize = sizeof(Elf64_Shdr);
	header.e_shnum = headers_.size();
	header.e_shstrndx = headers_.size() - 1;
	memcpy(file_.data(), &header, sizeof(header));
}

std::vector<std::byte> FileWriter::write()
{
	file_.resize(sizeof(Elf64_Ehdr));
	order_symbols();
	put_sections();
	put_relocations();
	put_symbols();
	put_header();
	return std::move(file_);
}

}

std::vector<std::byte> ModuleElf::write()
{
	// The note exists from the beginning, so that the build id covers the note.
	SectionId note = section(std::string(build_id_section), SHT_NOTE, SHF_ALLOC);
	if (sections_[note].size == 0) {
		Elf64_Nhdr header = {4, build_id_size, NT_GNU_BUILD_ID};
		append(note, std::as_bytes(std::span(&header, 1)), 4);
		append(note, std::as_bytes(std::span("GNU", 4)), 4);
		append_zero(note, build_id_size, 4);
	}
	std::vector<std::byte> file = FileWriter(sections_, symbols_).write();
	std::string digest = sha256(file);
	for (size_t i = 0; i < build_id_size; i++)
		sections_[note].bytes[sizeof(Elf64_Nhdr) + 4 + i] =
			static_cast<std::byte>(std::stoul(digest.substr(2 * i, 2), nullptr, 16));
	return FileWriter(sections_, symbols_).write();
}

}
