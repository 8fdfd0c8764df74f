// SPDX-License-Identifier: GPL-2.0
/* How long current ran, without the time that it waited for a CPU. */
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "runtime.h"

static u64 klprt_waited_ns(void)
{
#ifdef CONFIG_SCHED_INFO
	return current->sched_info.run_delay;
#else
	return 0;
#endif
}

struct klprt_span klprt_span_begins(void)
{
	return (struct klprt_span) { .began_ns = ktime_get_ns(), .waited_ns = klprt_waited_ns() };
}

/* The scheduler has another clock than ktime_get_ns(). On a short span that clock may be ahead. */
u64 klprt_span_ran_ns(const struct klprt_span *span)
{
	u64 took = ktime_get_ns() - span->began_ns;
	u64 waited = klprt_waited_ns() - span->waited_ns;

	return took > waited ? took - waited : 0;
}
