// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

// "1 function", "2 functions"
inline std::string counted(size_t number, const std::string &one)
{
	return std::to_string(number) + " " + one + (number == 1 ? "" : "s");
}
