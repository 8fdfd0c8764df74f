// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guarded.hpp"
#include "say.hpp"

#include <exception>
#include <new>

int guarded(const char *program, int status, const char *advice, const std::function<int()> &body)
{
	try {
		return body();
	} catch (const std::bad_alloc &) {
		say(stderr, "%s: out of memory%s\n", program, advice);
	} catch (const std::exception &exception) {
		say(stderr, "%s: unexpected: %s%s\n", program, exception.what(), advice);
	} catch (...) {
		say(stderr, "%s: an exception of an unknown kind%s\n", program, advice);
	}
	return status;
}
