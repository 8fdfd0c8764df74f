// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] klp {

// Untrusted text in a form that is safe for a terminal or a log: the names of tasks, modules,
// symbols and files, the kernel's log, the contents of a file. masked() puts '?' in the place of
// each character that a terminal or a reader of lines obeys:
//
//	U+0000 to U+001F, U+007F	newline and escape among them
//	U+0080 to U+009F		the same of ISO 6429, CSI among them
//	U+2028, U+2029			ends of a line and of a paragraph
//	U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069
//					which change the direction of the text after them
//
// and of each byte that is no UTF-8. The result is always UTF-8. JSON needs no masking: it escapes
// these characters, and a reader gets them back unchanged.
std::string masked(std::string_view text);

}
