// SPDX-License-Identifier: LGPL-2.1-or-later
#include "manifest.hpp"

namespace klp {

// How many bytes of text, from its start on, are whole letters of UTF-8: no surrogates,
// nothing beyond U+10FFFF, nothing longer than need be (RFC 3629).
static size_t valid_utf8(std::string_view text)
{
	size_t at = 0;
	while (at < text.size()) {
		auto byte = [&](size_t i) {
			return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
		};
		unsigned first = byte(0);
		size_t length = first < 0x80			 ? 1
				: first >= 0xc2 && first <= 0xdf ? 2
				: first >= 0xe0 && first <= 0xef ? 3
				: first >= 0xf0 && first <= 0xf4 ? 4
								 : 0;
		bool whole = length != 0;
		for (size_t i = 1; i < length; i++)
			whole &= (byte(i) & 0xc0) == 0x80;
		whole &= !(first == 0xe0 && byte(1) < 0xa0) && !(first == 0xed && byte(1) > 0x9f) &&
			 !(first == 0xf0 && byte(1) < 0x90) && !(first == 0xf4 && byte(1) > 0x8f);
		if (!whole)
			break;
		at += length;
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
