// SPDX-License-Identifier: LGPL-2.1-or-later
#include "print.hpp"

#include <cstdio>

void print(const nlohmann::ordered_json &document)
{
	// A task's name and a symbol's may hold any bytes.
	std::string text =
		document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
	printf("%s\n", text.c_str());
}
