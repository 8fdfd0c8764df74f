// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

// Returns what body does. Nothing of klp throws, but memory may run out, and a library that it
// uses may throw: that ends in words on stderr, which advice follows, and in the status
// given.
int guarded(const char *program, int status, const char *advice, const std::function<int()> &body);
