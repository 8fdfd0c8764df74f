// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fail.hpp"

#include <klp/masked.hpp>

#include <cstdio>

namespace klp {

std::string message_of(const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(nullptr, 0, format, args);
	std::string message(length > 0 ? length : 0, '\0');
	vsnprintf(message.data(), message.size() + 1, format, again);
	va_end(again);
	return masked(message);
}

std::unexpected<Error> fail(int code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	std::string message = message_of(format, args);
	va_end(args);
	return std::unexpected(Error{code, std::move(message)});
}

}
