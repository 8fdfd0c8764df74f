// SPDX-License-Identifier: LGPL-2.1-or-later
// A profile: the facts of a kernel that a check needs, in one file of some megabytes.
//
//	klp-kernel-profile/1
//	SIZE
//	a frame of zstd: the head, SIZE bytes
//	frames of zstd: the blocks
//
// The head and the blocks are text. The head has these lines, in this order:
//
//	release RELEASE
//	vermagic VERMAGIC
//	livepatch yes|no
//	layout NUMBER ...|-	the fields of KlpLayout
//	block PACKED		for each block: its size in the file
//	object NAME BLOCK START SIZE	its place in the text of a block
//
// An object has a line for its build id, one for each name among its symbols, in the order of their
// bytes, an empty line, and one for each export:
//
//	0123abcd
//	ext4_fill_super t
//	__func__.0 ...
//
//	ext4_export 0x12345678
//	ext4_gpl_export 0x12345678,gpl,NAMESPACE
//
// An object that could not be read has the line "unreadable" alone.
//
// A name's letters stand for its symbols in the order that sympos counts in: t, ftrace has a site
// there; ., it has none. "-" stands for a build id or a checksum that there is not. Behind the
// checksum of an export come "gpl" or nothing, and its namespace, where it has one of them.
#pragma once

#include "../module/module_file.hpp"

#include <cstdint>
#include <klp/patch_file.hpp>
#include <string>
#include <string_view>

namespace klp {

inline constexpr std::string_view profile_kind = "klp-kernel-profile/", profile_version = "1";
inline constexpr std::string_view profile_unreadable = "unreadable\n";
// The largest sizes that a reader accepts.
inline constexpr size_t profile_limit = 64 << 20, profile_head_limit = 8 << 20,
			profile_block_limit = 64 << 20;

// The numbers of a layout, in the order of its line.
std::vector<size_t *> layout_numbers(KlpLayout *layout);

// The value of an export's line. Parsing: std::nullopt for a value that is none.
std::string profile_export(const ModuleExport &symbol);
std::optional<ModuleExport> parse_profile_export(std::string_view value);

// The text of one object, and the look-ups in it. The text must outlive it.
class ProfileText {
public:
	// EBADMSG, with the line, for a text that is not as above.
	static Result<ProfileText> parse(std::string_view text, const std::string &name);

	const std::string &build_id() const { return build_id_; }
	// A letter for each symbol of this name; "" for none.
	std::string_view symbols(std::string_view name) const;
	std::optional<ModuleExport> export_of(std::string_view symbol) const;

private:
	std::string build_id_;
	std::vector<std::string_view> symbols_, exports_; // lines, in the order of their names
};

}
