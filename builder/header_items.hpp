// SPDX-License-Identifier: LGPL-2.1-or-later
// What a header consists of, as far as it takes to say whom a change of it concerns:
// macros, functions, types and declarations, one after the other, each with the #if's that
// it stands in. No preprocessor: what cannot be told apart stays one large item, which
// concerns more files than it has to.
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
		declaration, // anything else, without consequences for whom doesn't name it
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

// A letter of a word; a token that is one; of C's own words and the kernel's most common
// types, none of which a header changes alone.
bool in_word(char letter);
bool is_word(std::string_view token);
bool is_keyword(const std::string &word);

}
