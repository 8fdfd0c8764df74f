// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

// Returns the result of body. Nothing in klp throws, but memory may run out, and a library may
// throw. Then guarded() prints a message and advice on stderr, and returns the given status.
int guarded(const char *program, int status, const char *advice, const std::function<int()> &body);
