// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds functions that a thread never leaves. The kernel switches a kernel thread to a patch when
// no patched function is on the thread's stack. Such a function is always on the stack: the
// transition to its patch never completes.
#pragma once

#include "object.hpp"

#include <string>

namespace klp {

// Describes such a function, with the reason and the thread if they are known, as the rest of a
// sentence: "is the main loop of the kernel's own threads 'kworker/...'". "" for all other
// functions.
std::string thread_loop(const Object &object, PieceId function);

}
