/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hand-written equivalent of klp-build's data for klprt_patch.c. A patch that
 * includes this header is linked with klprt_patch.o, which has the module's init,
 * exit and licence.
 */
#ifndef KLPRT_TEST_INIT_PART_H
#define KLPRT_TEST_INIT_PART_H

#include "patch.h"
#include "../patch/klprt_patch.h"

#define NAME(variable, name) \
static const char variable[] __section(KLPRT_STRINGS_SECTION) __aligned(1) = name

#define FUNCS_EXT(variable, ...) \
static struct klprt_func_ext variable[] __section(KLPRT_FUNCS_SECTION) __used = { __VA_ARGS__ }

/* The assembler makes the end a symbol of the same section, and no array of its own. */
#define OBJECTS_EXT(count, ...)						\
extern struct klprt_object_ext klprt_objects[];				\
struct klprt_object_ext klprt_objects[count] __section(KLPRT_OBJECTS_SECTION) = { __VA_ARGS__ };	\
asm(".globl klprt_objects_end\n"					\
    ".set klprt_objects_end, klprt_objects + 64 * " #count)

#define FLAGS_EXT(flags)						\
extern const u32 klprt_flags;						\
const u32 klprt_flags = flags

#endif
