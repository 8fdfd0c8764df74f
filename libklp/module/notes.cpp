// SPDX-License-Identifier: LGPL-2.1-or-later
#include "notes.hpp"
#include "digest.hpp"
#include "elf.hpp"

#include <algorithm>

namespace klp {

static uint64_t aligned(uint64_t size)
{
	return (size + 3) & ~uint64_t{3};
}

std::optional<Note> Notes::next()
{
	Elf64_Nhdr header;
	if (!read_at(bytes_, at_, &header))
		return std::nullopt;
	uint64_t owner = at_ + sizeof(header);
	uint64_t descriptor = owner + aligned(header.n_namesz);
	if (descriptor + header.n_descsz > bytes_.size())
		return std::nullopt;
	at_ = std::min<uint64_t>(descriptor + aligned(header.n_descsz), bytes_.size());
	std::string_view name(reinterpret_cast<const char *>(bytes_.data()) + owner,
			      header.n_namesz);
	if (name.ends_with('\0'))
		name.remove_suffix(1);
	return Note{name, header.n_type, bytes_.subspan(descriptor, header.n_descsz)};
}

std::string note(std::string_view owner, uint32_t type, std::string_view descriptor)
{
	Elf64_Nhdr header = {static_cast<uint32_t>(owner.size() + 1),
			     static_cast<uint32_t>(descriptor.size()), type};
	std::string bytes(reinterpret_cast<const char *>(&header), sizeof(header));
	bytes += owner;
	bytes.resize(sizeof(header) + aligned(owner.size() + 1));
	bytes += descriptor;
	bytes.resize(aligned(bytes.size()));
	return bytes;
}

std::string gnu_build_id(std::span<const std::byte> notes)
{
	Notes all(notes);
	while (std::optional<Note> note = all.next()) {
		if (note->type == NT_GNU_BUILD_ID && note->owner == "GNU")
			return hexadecimal(note->descriptor);
	}
	return "";
}

}
