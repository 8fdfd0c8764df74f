// SPDX-License-Identifier: LGPL-2.1-or-later
// Splits a header into items, to find the files that a change of the header affects: macros,
// functions, types and declarations, one after the other, each with the #if's around it. This is no
// preprocessor: text that cannot be split stays one large item, which affects more files than
// necessary.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace klp {

struct HeaderItem {
	enum class Kind {
		directive, // #include, #undef, #pragma
		macro,
		function, // with its body
		type, // a struct, union or enum with its members, be it a typedef or not
		declaration, // anything else; affects only code that names it
	};
	Kind kind;
	std::string conditions; // the #if's around it
	std::vector<std::string> tokens;

	bool operator==(const HeaderItem &other) const = default;
	auto operator<=>(const HeaderItem &other) const = default;
};

// The tokens of C without comments: words, numbers, literals, "##", and single letters.
std::vector<std::string> tokens_of(std::string_view text);

std::vector<HeaderItem> items_of_header(const std::string &text);

// Whether a letter can be in a word; whether a token is a word; whether a word is one of C or one
// of the kernel's most common types, none of which a header changes alone.
bool in_word(char letter);
bool is_word(std::string_view token);
bool is_keyword(const std::string &word);

}
