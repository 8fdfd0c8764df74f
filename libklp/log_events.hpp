// SPDX-License-Identifier: LGPL-2.1-or-later
// Transitions, as the kernel log shows them: start, reversal and end, however short the time
// between them.
#pragma once

#include "event_reader.hpp"
#include "kernel_log.hpp"

#include <klp/kernel.hpp>
#include <map>

namespace klp {

// Combines the lines of the log into transitions.
class LoggedTransitions {
public:
	// The transitions that are on already: the next start of one is a reversal.
	explicit LoggedTransitions(const std::vector<LoadedPatch> &patches);
	// std::nullopt for a line about no transition.
	std::optional<TransitionEvent> take(const LogMessage &message);

private:
	struct Transition {
		bool patching;
		std::optional<std::chrono::microseconds> begun; // on the log's own clock
	};
	std::map<std::string, Transition> going_on_;
};

class LogEvents final : public EventReader {
public:
	// As KernelLog::follow().
	static Result<std::unique_ptr<EventReader>> open(Kernel &kernel);

	int fd() const override { return log_.fd(); }
	Result<std::vector<TransitionEvent>> read() override;

private:
	LogEvents(KernelLog log, const std::vector<LoadedPatch> &patches)
	    : log_(std::move(log)), transitions_(patches)
	{
	}
	KernelLog log_;
	LoggedTransitions transitions_;
};

}
