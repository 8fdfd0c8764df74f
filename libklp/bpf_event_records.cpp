// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bpf_event_records.hpp"
#include "tasks.hpp"

#include <cerrno>
#include <cstring>

namespace klp {

static TransitionEvent::Kind kind_of(uint32_t kind)
{
	switch (static_cast<klprt_transition_event_kind>(kind)) {
	case KLPRT_START:
		return TransitionEvent::Kind::start;
	case KLPRT_PASS:
		return TransitionEvent::Kind::pass;
	case KLPRT_REVERSE:
		return TransitionEvent::Kind::reverse;
	case KLPRT_FORCE:
		return TransitionEvent::Kind::force;
	case KLPRT_COMPLETE:
		return TransitionEvent::Kind::complete;
	case KLPRT_CANCEL:
		return TransitionEvent::Kind::cancel;
	case KLPRT_TASK:
		return TransitionEvent::Kind::task;
	}
	return TransitionEvent::Kind::pass;
}

// The answers of klp_check_and_switch_task() (kernel/livepatch/transition.c).
static Task::Reason reason_of(int verdict)
{
	switch (-verdict) {
	case 0:
		return Task::Reason::none;
	case EBUSY:
		return Task::Reason::running;
	case EINVAL:
		return Task::Reason::unreliable_stack;
	case EADDRINUSE:
		return Task::Reason::in_function;
	default:
		return Task::Reason::other;
	}
}

template <size_t size> static std::string text_of(const char (&field)[size])
{
	return std::string(field, strnlen(field, size));
}

TransitionEvent event_of(const klprt_transition_event &record)
{
	TransitionEvent event;
	event.kind = kind_of(record.kind);
	// bpf_ktime_get_ns() is CLOCK_MONOTONIC, which steady_clock is here.
	event.time =
		std::chrono::steady_clock::time_point(std::chrono::nanoseconds(record.time_ns));
	event.patch = text_of(record.patch);
	if (record.target >= 0)
		event.patching = record.target == 1;
	event.pass = record.pass;
	event.blocked = record.blocked;
	event.switched = record.switched;
	event.task.tid = record.tid;
	event.task.tgid = record.tgid;
	event.task.comm = text_of(record.comm);
	event.task.kernel_thread = (record.flags & pf_kthread) != 0;
	event.task.function = text_of(record.function);
	event.task.reason = reason_of(record.verdict);
	// A task that a pass could not switch has not reached the target yet.
	if (event.kind == TransitionEvent::Kind::task && record.target >= 0)
		event.task.patch_state = record.target == 1 ? 0 : 1;
	return event;
}

}
