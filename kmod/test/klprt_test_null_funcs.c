// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

static struct klp_object objects[] = {
	{ .name = TARGET }, {}
};
PATCH();
LIVEPATCH("refused: an object has no list of functions");
