/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What klp_runtime.ko and the programs that use it say to each other, over
 * /dev/klp_runtime (klp_runtime(4)).
 *
 * Each structure begins with its size, as the one who fills it in knows it. A
 * longer one than the other side knows is taken if what it doesn't know is 0,
 * and refused with E2BIG if not; a shorter one ends where it ends. So fields
 * are only ever added, at the end, and 0 means what it meant without them.
 */
#ifndef KLP_RUNTIME_H
#define KLP_RUNTIME_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KLPRT_DEVICE		"/dev/klp_runtime"
#define KLPRT_VERSION		1
#define KLPRT_NAME_SIZE		56	/* of a module's name, with its 0 */

/* How a transition stands, or that of an advance. */
enum klprt_state {
	KLPRT_IDLE,		/* none is on, or not yet that of the patch */
	KLPRT_PATCHING,
	KLPRT_UNPATCHING,
	KLPRT_PATCHED,		/* ended so: only of an advance */
	KLPRT_UNPATCHED,
};

/* When tasks in the way may be sent the kernel's fake signals (EINTR and the like). */
enum klprt_urgency {
	KLPRT_GENTLE,		/* not before the kernel alone would */
	KLPRT_NORMAL,		/* after five seconds, and each five seconds */
	KLPRT_NOW,		/* as soon as one try has shown who is in the way */
};

enum klprt_event_kind {
	KLPRT_START = 1,	/* before the first task is asked */
	KLPRT_PASS,		/* a pass over all tasks ended, and not all are there */
	KLPRT_COMPLETE,		/* all are; what else the kernel had to do is done, too */
	KLPRT_REVERSE,		/* from now on towards the other end */
	KLPRT_FORCE,
	KLPRT_LOST,		/* the reader was late: pass says how many are missing, since time_ns */
};

/* What read() gives, as many whole ones as fit: each begins where the size of the last ends. */
struct klprt_event {
	__u32 size;
	__u32 kind;		/* enum klprt_event_kind; skip those you don't know */
	__u64 time_ns;		/* CLOCK_MONOTONIC */
	__u64 duration_ns;	/* of the pass on its CPU; of a transition, since start or reverse */
	__u32 pass;		/* passes since start or reverse, this one included */
	__u32 state;		/* enum klprt_state, after it */
	char patch[KLPRT_NAME_SIZE];
};

/* How the module is and what it sees. */
struct klprt_status {
	__u32 size;
	__u32 version;		/* KLPRT_VERSION; another one is another interface */
	__u32 state;		/* enum klprt_state, never one of an end */
	__u32 passes;		/* passes of this transition, since start or reverse */
	__u64 since_ns;		/* when it started or was reversed, CLOCK_MONOTONIC */
	__u64 busy_ns;		/* spent in its passes, and by us on what goes with them */
	char patch[KLPRT_NAME_SIZE];
};

/*
 * Advances a transition: the kernel's own passes, run earlier than it would.
 *
 * It is the one that PATCH is in, else the next one that it will be in, so it
 * can be asked for before the patch is loaded; it lasts to the end of that one
 * transition, however often it is reversed, or until the file is closed. A file
 * has one at a time: a later call takes the place of the earlier. timeout_ms
 * says how long to wait for the end; 0 returns at once. Of signals only a fatal
 * one ends the wait.
 *
 * A caller that waits sleeps in the kernel, and may so be in the way of a patch
 * to what is below it: with timeout_ms 0 and poll() in small slices it isn't.
 */
struct klprt_advance {
	__u32 size;
	__u32 flags;		/* none are known: 0 */
	__u32 urgency;		/* enum klprt_urgency */
	__u32 timeout_ms;
	char patch[KLPRT_NAME_SIZE];
	/* From the kernel: */
	__u32 state;		/* enum klprt_state */
	__u32 passes;		/* as in klprt_status, or that it took */
	__u64 ns;		/* since start or reverse, or that it took */
};

#define KLPRT_IOCTL		0xb7
#define KLPRT_IOC_STATUS	_IO(KLPRT_IOCTL, 1)	/* struct klprt_status * */
#define KLPRT_IOC_ADVANCE	_IO(KLPRT_IOCTL, 2)	/* struct klprt_advance * */

#endif
