// SPDX-License-Identifier: LGPL-2.1-or-later
#include "print.hpp"
#include "say.hpp"

#include <cstdio>

void print(const nlohmann::ordered_json &document)
{
	// A task's name and a symbol's may hold any bytes: no UTF-8 becomes U+FFFD, and in
	// ASCII alone there is no character that a terminal obeys.
	constexpr bool ascii = true;
	std::string text =
		document.dump(-1, ' ', ascii, nlohmann::ordered_json::error_handler_t::replace);
	say_as_is(stdout, text + "\n");
}
