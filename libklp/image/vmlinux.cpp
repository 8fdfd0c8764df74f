// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vmlinux.hpp"
#include "../module/elf.hpp"
#include "../try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace klp {

constexpr size_t longest_section_name = 127;

static unsigned long long hex(uint64_t value)
{
	return value;
}

std::unexpected<Error> Vmlinux::corrupt(const ImageSection &section, uint64_t offset,
					const char *format, ...) const
{
	char message[1536]; // long enough for three names of symbols
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return fail(EBADMSG, "%s: %.*s+%#llx: %s", path_.c_str(),
		    static_cast<int>(section.name.size()), section.name.data(), hex(offset),
		    message);
}

Result<Vmlinux> Vmlinux::parse(const std::string &path, std::vector<std::byte> bytes)
{
	Vmlinux image;
	image.path_ = path;
	image.bytes_ = std::move(bytes);
	Elf64_Ehdr header;
	TRY(image.parse_header(&header));
	TRY(image.parse_sections(header));
	TRY(image.name_sections(header));
	TRY(image.order_sections());
	return image;
}

Result<> Vmlinux::parse_header(Elf64_Ehdr *raw) const
{
	const char *path = path_.c_str();
	Elf64_Ehdr header;
	if (!read_at(bytes_, 0, &header))
		return fail(EBADMSG, "%s: +0: %zu bytes are too few for an ELF header of %zu", path,
			    bytes_.size(), sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return fail(
			EBADMSG,
			"%s: +0: neither a bzImage nor an ELF file: it begins with %02x %02x %02x %02x",
			path, header.e_ident[0], header.e_ident[1], header.e_ident[2],
			header.e_ident[3]);
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
		return fail(EBADMSG, "%s: +0x4: class %u, data %u: not 64-bit little-endian", path,
			    header.e_ident[EI_CLASS], header.e_ident[EI_DATA]);
	if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
		return fail(EBADMSG, "%s: +0x10: type %u is no executable (%u or %u)", path,
			    header.e_type, ET_EXEC, ET_DYN);
	if (header.e_machine != EM_X86_64)
		return fail(EBADMSG, "%s: +0x12: machine %u is not x86-64 (%u)", path,
			    header.e_machine, EM_X86_64);
	if (header.e_shentsize != sizeof(Elf64_Shdr))
		return fail(EBADMSG, "%s: +0x3a: section headers of %u bytes instead of %zu", path,
			    header.e_shentsize, sizeof(Elf64_Shdr));
	if (header.e_shnum == 0 || header.e_shoff > bytes_.size() ||
	    header.e_shnum > (bytes_.size() - header.e_shoff) / sizeof(Elf64_Shdr))
		return fail(EBADMSG,
			    "%s: +0x28: %u section headers at %#llx do not fit a file of %zu bytes",
			    path, header.e_shnum, hex(header.e_shoff), bytes_.size());
	*raw = header;
	return {};
}

Result<> Vmlinux::parse_sections(const Elf64_Ehdr &header)
{
	const char *path = path_.c_str();
	sections_.reserve(header.e_shnum);
	for (uint32_t i = 0; i < header.e_shnum; i++) {
		uint64_t at = header.e_shoff + i * sizeof(Elf64_Shdr);
		Elf64_Shdr raw;
		read_at(bytes_, at, &raw);
		ImageSection section = {
			.name = {},
			.address = raw.sh_addr,
			.size = raw.sh_size,
			.flags = raw.sh_flags,
			.type = raw.sh_type,
			.data = {},
		};
		if (raw.sh_type != SHT_NOBITS && raw.sh_type != SHT_NULL) {
			if (raw.sh_offset > bytes_.size() ||
			    raw.sh_size > bytes_.size() - raw.sh_offset)
				return fail(
					EBADMSG,
					"%s: section header %u at +%#llx: %#llx bytes at %#llx reach past the end of the file (%#zx)",
					path, i, hex(at), hex(raw.sh_size), hex(raw.sh_offset),
					bytes_.size());
			section.data = std::span(bytes_).subspan(raw.sh_offset, raw.sh_size);
		}
		if (raw.sh_size > -1 - raw.sh_addr)
			return fail(
				EBADMSG,
				"%s: section header %u at +%#llx: %#llx bytes at address %#llx wrap around",
				path, i, hex(at), hex(raw.sh_size), hex(raw.sh_addr));
		sections_.push_back(section);
	}
	return {};
}

Result<> Vmlinux::name_sections(const Elf64_Ehdr &header)
{
	if (header.e_shstrndx >= sections_.size() ||
	    sections_[header.e_shstrndx].type != SHT_STRTAB)
		return fail(EBADMSG, "%s: +0x3e: section %u is not a table of section names",
			    path_.c_str(), header.e_shstrndx);
	std::span<const std::byte> names = sections_[header.e_shstrndx].data;
	for (uint32_t i = 0; i < sections_.size(); i++) {
		uint64_t at = header.e_shoff + i * sizeof(Elf64_Shdr);
		Elf64_Shdr raw;
		read_at(bytes_, at, &raw);
		if (raw.sh_name == 0)
			continue;
		size_t room = raw.sh_name < names.size() ? names.size() - raw.sh_name : 0;
		const char *start = reinterpret_cast<const char *>(names.data()) + raw.sh_name;
		std::string_view name(
			start, room ? strnlen(start, std::min(room, longest_section_name + 1)) : 0);
		if (name.size() == room || name.size() > longest_section_name ||
		    std::ranges::any_of(name,
					[](unsigned char c) { return c <= ' ' || c >= 0x7f; }))
			return fail(
				EBADMSG,
				"%s: section header %u at +%#llx: its name, at %#x of a table of %#zx bytes, is none",
				path_.c_str(), i, hex(at), raw.sh_name, names.size());
		sections_[i].name = name;
	}
	return {};
}

Result<> Vmlinux::order_sections()
{
	for (uint32_t i = 0; i < sections_.size(); i++) {
		if (sections_[i].is_loaded() && sections_[i].size != 0)
			loaded_.push_back(i);
	}
	std::ranges::sort(loaded_, {}, [this](uint32_t i) { return sections_[i].address; });
	for (size_t i = 1; i < loaded_.size(); i++) {
		const ImageSection &before = sections_[loaded_[i - 1]];
		const ImageSection &section = sections_[loaded_[i]];
		if (section.address < before.end())
			return corrupt(section, 0,
				       "its address %#llx lies in %.*s, which ends at %#llx",
				       hex(section.address), static_cast<int>(before.name.size()),
				       before.name.data(), hex(before.end()));
	}
	return {};
}

const ImageSection *Vmlinux::section(std::string_view name) const
{
	auto place = std::ranges::find(sections_, name, &ImageSection::name);
	return place == sections_.end() ? nullptr : &*place;
}

const ImageSection *Vmlinux::section_at(uint64_t address) const
{
	auto after = std::ranges::upper_bound(loaded_, address, {},
					      [this](uint32_t i) { return sections_[i].address; });
	if (after == loaded_.begin())
		return nullptr;
	const ImageSection &section = sections_[after[-1]];
	return section.contains(address) ? &section : nullptr;
}

std::span<const std::byte> Vmlinux::bytes(uint64_t address, size_t size) const
{
	const ImageSection *section = section_at(address);
	if (!section || section->data.empty() || size > section->end() - address)
		return {};
	return section->data.subspan(address - section->address, size);
}

std::optional<std::string_view> Vmlinux::string(uint64_t address, size_t limit) const
{
	const ImageSection *section = section_at(address);
	if (!section || section->data.empty())
		return {};
	std::span<const std::byte> rest = section->data.subspan(address - section->address);
	const char *start = reinterpret_cast<const char *>(rest.data());
	size_t room = std::min(rest.size(), limit);
	size_t length = strnlen(start, room);
	if (length == room)
		return {};
	return std::string_view(start, length);
}

bool Vmlinux::spans(uint64_t address) const
{
	// A symbol may stand for the end of its section.
	if (section_at(address) || (address != 0 && section_at(address - 1)))
		return true;
	const ImageSection *text = section(".text");
	return text && !loaded_.empty() && address >= text->address &&
	       address <= sections_[loaded_.back()].end();
}

}
