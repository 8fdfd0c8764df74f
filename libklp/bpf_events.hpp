// SPDX-License-Identifier: LGPL-2.1-or-later
// Transitions, as probes on the kernel's functions tell of them (bpf/transitions.bpf.c), whoever
// began them. No probe of these makes a stack unreliable; before 6.19 fexit would.
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
		// Each task that is in the way, too, from the second pass that failed on: the
		// first one fails for idle CPUs as a rule, and a probe on each check of a stack
		// makes a pass over all tasks some half as long again.
		tasks,
	};
	// As LiveView::open(). The end of the reader costs some RCU grace periods, 0.1 s and
	// more: it is not for where time counts.
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
