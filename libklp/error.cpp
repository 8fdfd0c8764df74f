// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fail.hpp"

#include <klp/masked.hpp>

#include <cstdarg>
#include <cstdio>

namespace klp {

std::unexpected<Error> fail(int code, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(nullptr, 0, format, args);
	std::string message(length > 0 ? length : 0, '\0');
	vsnprintf(message.data(), message.size() + 1, format, again);
	va_end(again);
	va_end(args);
	return std::unexpected(Error{code, masked(message)});
}

}
