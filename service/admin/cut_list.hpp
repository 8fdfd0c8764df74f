// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>

namespace klp::admin {

// Says so where the hub's list has as many entries as it may have: whoever reads it would take it
// for all there is. what is "machines".
void say_if_cut(size_t listed, const char *what);

}
