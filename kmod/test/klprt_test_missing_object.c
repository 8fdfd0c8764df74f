// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW_OF_TARGET(patched)
OBJECT("klprt_absent", FUNC("klprt_absent_value", patched));
PATCH();
LIVEPATCH("patches a module that is never there");
