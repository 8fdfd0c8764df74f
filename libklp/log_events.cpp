// SPDX-License-Identifier: LGPL-2.1-or-later
#include "log_events.hpp"
#include "kernel_root.hpp"
#include "try.hpp"

namespace klp {

LoggedTransitions::LoggedTransitions(const std::vector<LoadedPatch> &patches)
{
	for (const LoadedPatch &patch : patches) {
		if (patch.in_transition)
			going_on_[patch.name] = {patch.is_wanted(), std::nullopt};
	}
}

// "livepatch: 'NAME': starting patching transition", "livepatch: 'NAME': unpatching
// complete" (kernel/livepatch/transition.c).
std::optional<TransitionEvent> LoggedTransitions::take(const LogMessage &message)
{
	constexpr std::string_view prefix = "livepatch: '";
	std::string_view text = message.text;
	size_t end = text.find("': ");
	if (!text.starts_with(prefix) || end == text.npos)
		return std::nullopt;
	TransitionEvent event;
	event.time = std::chrono::steady_clock::now();
	event.patch = text.substr(prefix.size(), end - prefix.size());
	std::string_view said = text.substr(end + 3);
	for (bool patching : {true, false}) {
		std::string way = patching ? "patching" : "unpatching";
		event.patching = patching;
		auto before = going_on_.find(event.patch);
		if (said == "starting " + way + " transition") {
			bool turns =
				before != going_on_.end() && before->second.patching != patching;
			event.kind = turns ? TransitionEvent::Kind::reverse
					   : TransitionEvent::Kind::start;
			going_on_[event.patch] = {patching, message.time};
			return event;
		}
		if (said == way + " complete") {
			event.kind = TransitionEvent::Kind::complete;
			if (before != going_on_.end() && before->second.begun)
				event.took = message.time - *before->second.begun;
			going_on_.erase(event.patch);
			return event;
		}
	}
	return std::nullopt;
}

Result<std::unique_ptr<EventReader>> LogEvents::open(Kernel &kernel)
{
	KernelLog log = TRY(KernelLog::follow(root_of(kernel)));
	// Where the current transitions are unknown, a reversal reads as a start.
	std::vector<LoadedPatch> patches =
		kernel.livepatches().value_or(std::vector<LoadedPatch>());
	return std::unique_ptr<EventReader>(new LogEvents(std::move(log), patches));
}

Result<std::vector<TransitionEvent>> LogEvents::read()
{
	std::vector<TransitionEvent> events;
	for (const LogMessage &message : log_.read_new()) {
		std::optional<TransitionEvent> event = transitions_.take(message);
		if (event)
			events.push_back(std::move(*event));
	}
	return events;
}

}
