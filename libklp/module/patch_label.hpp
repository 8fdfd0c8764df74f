// SPDX-License-Identifier: LGPL-2.1-or-later
// The label of a livepatch, in its two places in a module: .modinfo, which modinfo(8) shows of the
// file (klp_fixes= once for each defect, version=, klp_url=), and the section .note.klp, which the
// kernel shows of the module in memory (/sys/module/NAME/notes), as it shows version=. A note of
// .note.klp is of "klp", its type is a LabelNote, and its descriptor is the text.
#pragma once

#include "module_file.hpp"

#include <cstdint>
#include <klp/patch_label.hpp>

namespace klp {

inline constexpr const char *label_section = ".note.klp";

enum class LabelNote : uint32_t {
	fix = 1,
	url = 2,
};

// EINVAL, with the part that is wrong. A fix has at most 64 letters, digits and ".-_:"; a fix that
// begins with "CVE-" is a CVE's complete name. A version has at most 64 such letters, a URL
// begins with https:// or http:// and has at most 512 printable letters.
Result<> check_label(const PatchLabel &label);
bool is_label_word(std::string_view text); // as a version has it

// The entries of .modinfo, and the bytes of .note.klp. The label must be valid.
std::vector<std::string> modinfo_of(const PatchLabel &label);
std::vector<std::byte> note_of(const PatchLabel &label);

// EBADMSG for a label that is not valid, and for a note that klp does not know.
Result<PatchLabel> read_label(const ModuleFile &module);
Result<PatchLabel> parse_label_note(std::span<const std::byte> notes);

// Adds the CVEs in the name of a module to a label that has no fix: "cve", with or without a '_', a
// year, a '_' and a number.
void add_fixes_of_name(std::string_view name, PatchLabel *label);

}
