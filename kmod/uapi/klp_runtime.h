/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Interface between klp_runtime.ko and the programs that use it, over
 * /dev/klp_runtime (klp_runtime(4)).
 *
 * Each structure begins with its size, as known to the side that fills it in. The
 * other side accepts a longer structure if the fields that it does not know are
 * 0, and refuses it with E2BIG otherwise. A shorter structure ends where its size
 * says. Fields are only ever added, at the end. In such a field 0 means the
 * behaviour from before the field.
 */
#ifndef KLP_RUNTIME_H
#define KLP_RUNTIME_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KLPRT_DEVICE		"/dev/klp_runtime"
#define KLPRT_VERSION		1
#define KLPRT_NAME_SIZE		56	/* size of a module's name, with its final 0 */

/* State of a transition, or of an advance's transition. */
enum klprt_state {
	KLPRT_IDLE,		/* no transition is on, or not yet that of the patch */
	KLPRT_PATCHING,
	KLPRT_UNPATCHING,
	KLPRT_PATCHED,		/* has ended; never in klprt_status, as the next */
	KLPRT_UNPATCHED,
};

/* When the kernel's fake signals (EINTR and the like) may go to tasks in the way. */
enum klprt_urgency {
	KLPRT_GENTLE,		/* not before the kernel alone would send them */
	KLPRT_NORMAL,		/* after five seconds, then every five seconds */
	KLPRT_NOW,		/* as soon as one pass has shown which tasks are in the way */
};

enum klprt_event_kind {
	KLPRT_START = 1,	/* before the kernel checks the first task */
	KLPRT_PASS,		/* a pass over all tasks ended, and some have not switched */
	KLPRT_COMPLETE,		/* all tasks have switched, and the kernel has done the rest */
	KLPRT_REVERSE,		/* the transition now goes in the other direction */
	KLPRT_FORCE,
	KLPRT_LOST,		/* the reader was late: pass counts the events lost since time_ns */
};

/*
 * read() returns as many complete events as fit. Each begins where the size of
 * the last one ends.
 */
struct klprt_event {
	__u32 size;
	__u32 kind;		/* enum klprt_event_kind; readers skip unknown kinds */
	__u64 time_ns;		/* CLOCK_MONOTONIC */
	__u64 duration_ns;	/* of a pass, on its CPU; of a transition, since start or reverse */
	__u32 pass;		/* passes since start or reverse, this one included */
	__u32 state;		/* enum klprt_state, after the event */
	char patch[KLPRT_NAME_SIZE];
};

/* State of the module and of the transition that it sees. */
struct klprt_status {
	__u32 size;
	__u32 version;		/* KLPRT_VERSION; another version is another interface */
	__u32 state;		/* enum klprt_state, never that of an end */
	__u32 passes;		/* passes of this transition, since start or reverse */
	__u64 since_ns;		/* of the start or the reverse, CLOCK_MONOTONIC */
	__u64 busy_ns;		/* spent in its passes, and by klp_runtime on work around them */
	char patch[KLPRT_NAME_SIZE];
};

/*
 * Advances a transition: the kernel's own passes run earlier than usual.
 *
 * An advance is for the transition that PATCH is in, else for the next transition
 * of PATCH. So a program can ask for an advance before the patch is loaded. The
 * advance lasts to the end of that one transition, however often the transition
 * is reversed, or until the file is closed. A file has one advance at a time: a
 * later call replaces the earlier one. timeout_ms says how long the call waits
 * for the end; with 0 the call returns at once. Only a fatal signal ends the
 * wait.
 *
 * A caller that waits sleeps in the kernel, and may be in the way of a patch to a
 * function on its stack. A caller with timeout_ms 0 and poll() in small slices is
 * not.
 */
struct klprt_advance {
	__u32 size;
	__u32 flags;		/* none are known: 0 */
	__u32 urgency;		/* enum klprt_urgency */
	__u32 timeout_ms;
	char patch[KLPRT_NAME_SIZE];
	/* From the kernel: */
	__u32 state;		/* enum klprt_state */
	__u32 passes;		/* as in klprt_status, or those of the complete transition */
	__u64 ns;		/* since start or reverse, or from there to the end */
};

#define KLPRT_IOCTL		0xb7
#define KLPRT_IOC_STATUS	_IO(KLPRT_IOCTL, 1)	/* struct klprt_status * */
#define KLPRT_IOC_ADVANCE	_IO(KLPRT_IOCTL, 2)	/* struct klprt_advance * */

#endif
