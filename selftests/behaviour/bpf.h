/* SPDX-License-Identifier: LGPL-2.1-or-later */
//
// bpf(2), as it is.
#pragma once

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}
