// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/watch.hpp>

#include "transition_events.hpp"
#include "try.hpp"

#include <algorithm>
#include <klp/pending_tasks.hpp>

namespace klp {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// The time between two readings of sysfs, which gives no sign.
static constexpr milliseconds poll_interval(100);

struct Watch::Parts {
	Kernel &kernel;
	TransitionEvents events;
	PendingTasks pending;
	std::string why; // besides that of the events

	void prepare();
};

Watch::Watch(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Watch::Watch(Watch &&) noexcept = default;
Watch::~Watch() = default;

Watch Watch::open(Kernel &kernel, bool with_bpf)
{
	TransitionEvents::Wanted wanted = {{Source::runtime, Source::kmsg},
					   BpfEvents::Detail::tasks};
	if (with_bpf)
		wanted.sources.insert(wanted.sources.begin(), Source::bpf);
	std::unique_ptr<Parts> parts(new Parts{
		kernel, TransitionEvents::open(kernel, std::move(wanted)),
		PendingTasks(kernel, with_bpf), with_bpf ? "" : "BPF was not to be used"});
	parts->prepare();
	return Watch(std::move(parts));
}

// Called while there is nothing to see, so that a task's place has a name when there is.
void Watch::Parts::prepare()
{
	if (events.source() != Source::bpf)
		return;
	Result<> prepared = pending.prepare();
	// Only the first failure has the cause.
	if (!prepared && why.empty())
		why = "tasks through /proc: " + prepared.error().message;
}

Watch::Source Watch::source() const
{
	return parts_->events.source();
}

std::string Watch::why() const
{
	const std::string &why = parts_->events.why();
	return parts_->why + (parts_->why.empty() || why.empty() ? "" : "; ") + why;
}

std::vector<std::string> Watch::missing() const
{
	return parts_->events.missing();
}

uint64_t Watch::lost() const
{
	return parts_->events.lost();
}

Result<std::vector<TransitionEvent>> Watch::wait(milliseconds timeout, int interrupt_fd)
{
	Clock::time_point deadline = Clock::now() + timeout;
	for (bool interrupted = false;;) {
		std::vector<TransitionEvent> events = TRY(parts_->events.read());
		auto now = Clock::now();
		if (!events.empty() || interrupted)
			return events;
		if (now >= deadline) {
			Result<std::vector<LoadedPatch>> patches = parts_->kernel.livepatches();
			if (patches && std::ranges::none_of(*patches, &LoadedPatch::in_transition))
				parts_->prepare();
			return events;
		}
		Clock::time_point until = deadline;
		if (source() == Source::sysfs)
			until = std::min(until, now + poll_interval);
		interrupted = TRY(parts_->events.wait(until, interrupt_fd));
	}
}

Result<std::vector<Task>> Watch::pending(const std::string &patch)
{
	return parts_->pending.of(patch);
}

const char *name_of(Watch::Source source)
{
	switch (source) {
	case Watch::Source::bpf:
		return "bpf";
	case Watch::Source::runtime:
		return "runtime";
	case Watch::Source::kmsg:
		return "kmsg";
	case Watch::Source::sysfs:
		return "sysfs";
	}
	return "";
}

}
