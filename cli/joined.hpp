// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

// "a, b" of the words a and b and the separator ", ".
inline std::string joined(const std::vector<std::string> &words, const char *separator)
{
	std::string text;
	for (const std::string &word : words)
		text += (text.empty() ? "" : separator) + word;
	return text;
}
