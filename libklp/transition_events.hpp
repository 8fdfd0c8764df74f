// SPDX-License-Identifier: LGPL-2.1-or-later
// Every transition of the machine, whoever began it, from the best source that there is. It
// observes and never acts.
#pragma once

#include "bpf_events.hpp"

#include <klp/kernel.hpp>
#include <klp/transition_event.hpp>
#include <klp/watch.hpp>

namespace klp {

class TransitionEvents {
public:
	using Source = Watch::Source;
	struct Wanted {
		std::vector<Source> sources; // the first is the best; sysfs is always there
		BpfEvents::Detail detail = BpfEvents::Detail::transitions;
	};

	// Opens the first of the sources that this user and this machine permit.
	static TransitionEvents open(Kernel &kernel, Wanted wanted);

	Source source() const { return source_; }
	// Why it is not a better one, for each of those; "" for the first.
	const std::string &why() const { return why_; }
	// As EventReader's; of all sources so far.
	std::vector<std::string> missing() const { return reader_->missing(); }
	uint64_t lost() const { return lost_before_ + reader_->lost(); }

	// The events since the last call. Never blocks. Where the source fails, the next one
	// takes its place, which why() then tells; an error is sysfs's.
	Result<std::vector<TransitionEvent>> read();
	// Returns when there may be something to read, at the deadline, or with true when
	// interrupt_fd (or -1) is readable. sysfs gives no sign: the caller sets the pace.
	Result<bool> wait(std::chrono::steady_clock::time_point deadline, int interrupt_fd) const;

private:
	TransitionEvents(Kernel &kernel, Wanted wanted)
	    : kernel_(&kernel), wanted_(std::move(wanted))
	{
	}
	void open_next();

	Kernel *kernel_;
	Wanted wanted_; // what was not tried yet
	Source source_ = Source::sysfs;
	std::string why_;
	std::unique_ptr<EventReader> reader_;
	uint64_t lost_before_ = 0; // by readers that failed
};

}
