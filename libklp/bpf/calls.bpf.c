// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/* Counts how often code passes each probe; the probe's cookie is the index of its count. */
#include "kernel.h"

KLPRT_LICENSE;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1); /* set at load time */
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("kprobe")
int klprt_call(struct pt_regs *ctx)
{
	__u32 key = bpf_get_attach_cookie(ctx);
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		(*count)++;
	return 0;
}
