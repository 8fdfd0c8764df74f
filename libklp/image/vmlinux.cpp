// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vmlinux.hpp"
#include "../module/elf_headers.hpp"
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
	ElfHeaders headers =
		TRY(read_elf_headers(path, image.bytes_, "neither a bzImage nor an ELF file"));
	TRY(image.check_kind(headers.file));
	TRY(image.take_sections(headers));
	TRY(image.name_sections(headers));
	TRY(image.order_sections());
	return image;
}

Result<> Vmlinux::check_kind(const Elf64_Ehdr &header) const
{
	if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
		return fail(EBADMSG, "%s: +0x10: type %u is no executable (%u or %u)",
			    path_.c_str(), header.e_type, ET_EXEC, ET_DYN);
	if (header.e_machine != EM_X86_64)
		return fail(EBADMSG, "%s: +0x12: machine %u is not x86-64 (%u)", path_.c_str(),
			    header.e_machine, EM_X86_64);
	return {};
}

Result<> Vmlinux::take_sections(const ElfHeaders &headers)
{
	sections_.reserve(headers.sections.size());
	for (const Elf64_Shdr &raw : headers.sections) {
		size_t i = sections_.size();
		if (raw.sh_size > -1 - raw.sh_addr)
			return fail(
				EBADMSG,
				"%s: section header %zu at +%#llx: %#llx bytes at address %#llx wrap around",
				path_.c_str(), i, hex(headers.offset_of(i)), hex(raw.sh_size),
				hex(raw.sh_addr));
		sections_.push_back({
			.name = {},
			.address = raw.sh_addr,
			.size = raw.sh_size,
			.flags = raw.sh_flags,
			.type = raw.sh_type,
			.data = bytes_of(raw, bytes_),
		});
	}
	return {};
}

Result<> Vmlinux::name_sections(const ElfHeaders &headers)
{
	std::span<const std::byte> names = sections_[headers.file.e_shstrndx].data;
	for (size_t i = 0; i < sections_.size(); i++) {
		uint32_t at = headers.sections[i].sh_name;
		if (at == 0)
			continue;
		size_t room = at < names.size() ? names.size() - at : 0;
		const char *start = reinterpret_cast<const char *>(names.data()) + at;
		std::string_view name(
			start, room ? strnlen(start, std::min(room, longest_section_name + 1)) : 0);
		if (name.size() == room || name.size() > longest_section_name ||
		    std::ranges::any_of(name,
					[](unsigned char c) { return c <= ' ' || c >= 0x7f; }))
			return fail(
				EBADMSG,
				"%s: section header %zu at +%#llx: its sh_name %#x is not a name in a table of %#zx bytes",
				path_.c_str(), i, hex(headers.offset_of(i)), at, names.size());
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
