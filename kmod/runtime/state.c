// SPDX-License-Identifier: GPL-2.0
/* State that all parts share, under klprt_lock: the transition that is on, and the open files. */
#include "runtime.h"

DEFINE_SPINLOCK(klprt_lock);
LIST_HEAD(klprt_files);
struct klprt_transition klprt_transition;
