// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

#define EIGHT(text) text text text text text text text text
#define NAME EIGHT(EIGHT(EIGHT("a")))

SHOW(patched)
OBJECT(VMLINUX, FUNC(NAME, patched));
PATCH();
static_assert(sizeof(NAME) > KSYM_NAME_LEN);
LIVEPATCH("refused: a function name of KSYM_NAME_LEN characters");
