// SPDX-License-Identifier: GPL-2.0
/* Weak, so that modpost lets it pass: relocate.c makes a livepatch symbol of it. */
#include "patch.h"

extern int klprt_target_twin(int number) __weak;

static void patched_value(struct seq_file *m)
{
	seq_printf(m, "twin %d\n", klprt_target_twin(1));
}

OBJECT(TARGET, FUNC("klprt_target_value", patched_value));
PATCH();
LIVEPATCH("refused: two functions have the name that a relocation refers to");
