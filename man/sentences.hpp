// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cctype>
#include <string>

// A text of mdoc(7), each of its sentences on a line of its own.
inline std::string sentences(std::string text)
{
	for (size_t at = 0; (at = text.find(". ", at)) != text.npos; at++) {
		if (at + 2 < text.size() && isupper(static_cast<unsigned char>(text[at + 2])))
			text[at + 1] = '\n';
	}
	return text + ".";
}
