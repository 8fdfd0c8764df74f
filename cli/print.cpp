// SPDX-License-Identifier: LGPL-2.1-or-later
#include "print.hpp"
#include "say.hpp"

#include <cstdio>

void print(const nlohmann::ordered_json &document)
{
	// The name of a task or a symbol may hold any bytes. Invalid UTF-8 becomes U+FFFD, and
	// ASCII alone has no character that a terminal obeys.
	constexpr bool ascii = true;
	std::string text =
		document.dump(-1, ' ', ascii, nlohmann::ordered_json::error_handler_t::replace);
	say_as_is(stdout, text + "\n");
}
