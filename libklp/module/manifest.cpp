// SPDX-License-Identifier: LGPL-2.1-or-later
#include "manifest.hpp"
#include "../utf8.hpp"

namespace klp {

// The number of bytes of text, from its start, that are complete characters.
static size_t valid_utf8(std::string_view text)
{
	size_t at = 0;
	while (at < text.size()) {
		size_t size = first_character(text.substr(at)).size;
		if (size == 0)
			break;
		at += size;
	}
	return at;
}

Result<std::optional<std::string_view>> read_manifest(const ElfFile &elf)
{
	const ElfSection *section = elf.section(manifest_section);
	if (!section)
		return std::optional<std::string_view>();
	if (section->type != SHT_PROGBITS)
		return elf.corrupt(*section, 0, "a manifest of section type %u, not %d",
				   section->type, SHT_PROGBITS);
	if (section->data.size() > manifest_size_limit)
		return elf.corrupt(*section, 0, "a manifest of %zu bytes; %zu are allowed",
				   section->data.size(), manifest_size_limit);
	std::string_view text(reinterpret_cast<const char *>(section->data.data()),
			      section->data.size());
	size_t valid = valid_utf8(text);
	if (valid < text.size())
		return elf.corrupt(*section, valid, "a manifest that is not UTF-8");
	return std::optional(text);
}

}
