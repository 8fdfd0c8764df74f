// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

SHOW(patched_cmdline)
OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();
LIVEPATCH("made for a kernel of another build id");
MODULE_INFO(klp_build_id, "vmlinux:00112233445566778899aabbccddeeff00112233");
