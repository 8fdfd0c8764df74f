// SPDX-License-Identifier: LGPL-2.1-or-later
#include "step_records.hpp"

#include <cerrno>
#include <cstring>

namespace klp {

static Step::Kind kind_of(uint32_t kind)
{
	switch (static_cast<klprt_step_kind>(kind)) {
	case KLPRT_START:
		return Step::Kind::start;
	case KLPRT_PASS:
		return Step::Kind::pass;
	case KLPRT_REVERSE:
		return Step::Kind::reverse;
	case KLPRT_FORCE:
		return Step::Kind::force;
	case KLPRT_COMPLETE:
		return Step::Kind::complete;
	case KLPRT_CANCEL:
		return Step::Kind::cancel;
	case KLPRT_TASK:
		return Step::Kind::task;
	}
	return Step::Kind::pass;
}

// What klp_check_and_switch_task() answers (kernel/livepatch/transition.c).
static Step::Reason reason_of(int verdict)
{
	switch (-verdict) {
	case 0:
		return Step::Reason::none;
	case EBUSY:
		return Step::Reason::running;
	case EINVAL:
		return Step::Reason::unreliable_stack;
	case EADDRINUSE:
		return Step::Reason::in_function;
	default:
		return Step::Reason::other;
	}
}

template <size_t size> static std::string text_of(const char (&field)[size])
{
	return std::string(field, strnlen(field, size));
}

Step read_step(const klprt_step &record)
{
	constexpr uint32_t kernel_thread = 0x00200000; // PF_KTHREAD, include/linux/sched.h
	Step step = {};
	step.kind = kind_of(record.kind);
	// bpf_ktime_get_ns() is CLOCK_MONOTONIC, which steady_clock is here.
	step.time = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(record.time_ns));
	step.patch = text_of(record.patch);
	if (record.target >= 0)
		step.patching = record.target == 1;
	step.pass = record.pass;
	step.blocked = record.blocked;
	step.switched = record.switched;
	step.reason = reason_of(record.verdict);
	step.task = {record.tid,
		     record.tgid,
		     text_of(record.comm),
		     (record.flags & kernel_thread) != 0,
		     '?',
		     text_of(record.function),
		     ""};
	return step;
}

const char *name_of(Step::Kind kind)
{
	switch (kind) {
	case Step::Kind::start:
		return "start";
	case Step::Kind::pass:
		return "pass";
	case Step::Kind::reverse:
		return "reverse";
	case Step::Kind::force:
		return "force";
	case Step::Kind::complete:
		return "complete";
	case Step::Kind::cancel:
		return "cancel";
	case Step::Kind::task:
		return "task";
	}
	return "";
}

const char *name_of(Step::Reason reason)
{
	switch (reason) {
	case Step::Reason::none:
		return "";
	case Step::Reason::running:
		return "running";
	case Step::Reason::unreliable_stack:
		return "unreliable-stack";
	case Step::Reason::in_function:
		return "in-function";
	case Step::Reason::other:
		return "other";
	}
	return "";
}

}
