// SPDX-License-Identifier: LGPL-2.1-or-later
// Every transition of the machine, no matter who began it, from the best available source. The
// class observes and never acts.
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
		std::vector<Source> sources; // the best first; sysfs is always available
		BpfEvents::Detail detail = BpfEvents::Detail::transitions;
	};

	using Opener = Result<std::unique_ptr<EventReader>> (*)(Source, Kernel &,
								BpfEvents::Detail);
	static Result<std::unique_ptr<EventReader>> open_source(Source source, Kernel &kernel,
								BpfEvents::Detail detail);

	// Opens the first of the sources that this user and this machine permit.
	static TransitionEvents open(Kernel &kernel, Wanted wanted, Opener opener = open_source);

	Source source() const { return source_; }
	// Why no better source is used, for each of those; "" for the first source.
	const std::string &why() const { return why_; }
	// EventReader::missing(), and EventReader::lost() of all sources so far.
	std::vector<std::string> missing() const { return reader_->missing(); }
	uint64_t lost() const { return lost_before_ + reader_->lost(); }

	// The events since the last call. Never blocks. When the source fails, the next one takes
	// its place, and why() says so; an error is that of sysfs.
	Result<std::vector<TransitionEvent>> read();
	// Returns when there may be new events, at the deadline, or with true when interrupt_fd
	// (or -1) is readable. sysfs gives no sign: the caller sets the pace.
	Result<bool> wait(std::chrono::steady_clock::time_point deadline, int interrupt_fd) const;

private:
	TransitionEvents(Kernel &kernel, Wanted wanted, Opener opener)
	    : kernel_(&kernel), wanted_(std::move(wanted)), opener_(opener)
	{
	}
	void open_next();

	Kernel *kernel_;
	Wanted wanted_; // the sources that were not tried yet
	Opener opener_;
	Source source_ = Source::sysfs;
	std::string why_;
	std::unique_ptr<EventReader> reader_;
	uint64_t lost_before_ = 0; // events lost by readers that failed
};

}
