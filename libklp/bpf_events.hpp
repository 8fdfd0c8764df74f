// SPDX-License-Identifier: LGPL-2.1-or-later
// Transitions, no matter who began them, as probes on the kernel's functions show them
// (bpf/transitions.bpf.c). None of these probes makes a stack unreliable; before 6.19 fexit would.
#pragma once

#include "event_reader.hpp"

#include <klp/kernel.hpp>
#include <map>
#include <memory>

namespace klp {

class BpfEvents final : public EventReader {
public:
	enum class Detail {
		transitions,
		// Also each task that a pass could not switch, from the second failed pass on. The
		// first pass usually fails for idle CPUs, and a probe on each check of a stack
		// makes a pass over all tasks about half as long again.
		tasks,
	};
	// The errors of LiveView::open(). The end of the reader costs some RCU grace periods, 0.1
	// s and more: do not use it where time counts.
	static Result<std::unique_ptr<EventReader>> open(Kernel &kernel, Detail detail);
	~BpfEvents() override;

	int fd() const override;
	Result<std::vector<TransitionEvent>> read() override;
	uint64_t lost() const override;
	std::vector<std::string> missing() const override;

private:
	struct Probes;
	explicit BpfEvents(std::unique_ptr<Probes> probes);
	void take(TransitionEvent *event);

	std::unique_ptr<Probes> probes_;
	std::map<std::string, std::chrono::steady_clock::time_point> begun_; // by patch
};

}
