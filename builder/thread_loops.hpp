// SPDX-License-Identifier: LGPL-2.1-or-later
// Functions that a thread is in for as long as it lives. A kernel thread takes a patch over
// when none of its functions is on its stack, and these always are: loading a patch of one is
// waiting in vain.
#pragma once

#include "object.hpp"

#include <string>

namespace klp {

// Says what such a function is, with the reason and the thread if they are known, as the rest of
// a sentence about it: "is the main loop of the kernel's own threads 'kworker/...'". "" for all
// others.
std::string thread_loop(const Object &object, PieceId function);

}
