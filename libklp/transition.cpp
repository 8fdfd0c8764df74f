// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/transition.hpp>

#include "kernel_log.hpp"
#include "kernel_root.hpp"
#include "livepatch_sysfs.hpp"
#include "lock.hpp"
#include "runtime.hpp"
#include "transition_events.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <klp/pending_tasks.hpp>
#include <sched.h>
#include <utility>

namespace klp {

using std::chrono::milliseconds;

// The first progress comes when a quick transition would have ended.
static constexpr milliseconds first_progress(50);
static constexpr milliseconds progress_interval(1000);
// The time between two readings of sysfs, where no event tells.
static constexpr milliseconds poll_interval(20);
// From the event "complete" to transition=0 (klp_complete_transition()).
static constexpr milliseconds afterwards(10);

struct Transition::Parts {
	Kernel &kernel;
	std::string patch;
	std::optional<Runtime> advancing; // the advance lasts as long as this is open
	std::string without_runtime;
	TransitionEvents events;
	PendingTasks pending;
	Result<KernelLog> log; // for its messages
	std::vector<std::string> messages = {};
	std::optional<std::chrono::duration<double, std::milli>> took = {};
	std::optional<Clock::time_point> begun = {}; // the first wait
	Clock::time_point spin_until = {}; // "complete" came, and sysfs is about to say so
	Clock::time_point progress_at = {};

	bool has_completed();
	void read_log();
};

Transition::Transition(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Transition::Transition(Transition &&) noexcept = default;
Transition::~Transition() = default;

static TransitionEvents open_events(Kernel &kernel, bool with_runtime, bool with_bpf)
{
	using Source = TransitionEvents::Source;
	std::vector<Source> sources;
	if (with_runtime)
		sources.push_back(Source::runtime);
	sources.push_back(Source::kmsg);
	// The removal of BPF's probes costs RCU grace periods, so BPF is the source only where no
	// better one is.
	if (with_bpf)
		sources.push_back(Source::bpf);
	return TransitionEvents::open(kernel, {.sources = std::move(sources)});
}

// The advance comes last: a transition that is on already may end at once.
Transition Transition::follow(Kernel &kernel, const std::string &patch, const TransitionAids &aids)
{
	Result<Runtime> runtime =
		aids.runtime ? Runtime::open_or_load(root_of(kernel)) : fail(ENOTSUP, "not wanted");
	std::unique_ptr<Parts> parts(new Parts{
		.kernel = kernel,
		.patch = patch,
		.advancing = std::nullopt,
		.without_runtime = "",
		.events = open_events(kernel, runtime.has_value(), aids.bpf),
		.pending = PendingTasks(kernel, aids.bpf),
		.log = KernelLog::follow(root_of(kernel)),
	});
	Result<> advanced =
		runtime ? runtime->advance(patch, aids.urgency) : std::unexpected(runtime.error());
	if (advanced) {
		parts->advancing = std::move(*runtime);
	} else {
		parts->without_runtime = advanced.error().message;
		if (runtime)
			parts->events = open_events(kernel, false, aids.bpf);
	}
	return Transition(std::move(parts));
}

const char *Transition::mode() const
{
	return name_of(parts_->events.source());
}

const std::string &Transition::without_runtime() const
{
	return parts_->without_runtime;
}

void Transition::Parts::read_log()
{
	if (!log)
		return;
	for (LogMessage &message : log->read_new()) {
		if (message.text.find("livepatch") != std::string::npos ||
		    message.text.find(patch) != std::string::npos)
			messages.push_back(std::move(message.text));
	}
}

std::vector<std::string> Transition::messages()
{
	parts_->read_log();
	return parts_->messages;
}

// Whether an event that was not read before says so. Where sysfs is the source there are no
// events: wait() reads the transition itself.
bool Transition::Parts::has_completed()
{
	if (events.source() == TransitionEvents::Source::sysfs)
		return false;
	bool complete = false;
	std::vector<TransitionEvent> unread =
		events.read().value_or(std::vector<TransitionEvent>());
	for (const TransitionEvent &event : unread) {
		if (event.patch != patch || event.kind != TransitionEvent::Kind::complete)
			continue;
		complete = true;
		took = event.took;
	}
	return complete;
}

std::optional<std::chrono::duration<double, std::milli>> Transition::took()
{
	parts_->has_completed();
	return parts_->took;
}

Result<Transition::End> Transition::wait(const Waiting &waiting)
{
	Clock::time_point &spin_until = parts_->spin_until, &progress_at = parts_->progress_at;
	if (!parts_->begun) {
		parts_->begun = Clock::now();
		progress_at = *parts_->begun + first_progress;
	}
	bool interrupted = false;
	for (;;) {
		bool going_on =
			TRY(livepatch_in_transition(root_of(parts_->kernel), parts_->patch));
		if (!going_on)
			return End::complete;
		if (parts_->has_completed())
			spin_until = Clock::now() + afterwards;
		auto now = Clock::now();
		if (interrupted)
			return End::interrupted;
		if (now >= waiting.deadline)
			return End::timed_out;
		if (now < spin_until) {
			sched_yield();
			continue;
		}
		if (waiting.progress && now >= progress_at) {
			waiting.progress(
				{std::chrono::duration_cast<milliseconds>(now - *parts_->begun),
				 milliseconds(milliseconds_until(waiting.deadline)),
				 remaining().value_or(std::vector<Task>())});
			progress_at = Clock::now() + progress_interval;
		}
		// An event may be lost, so no wait is long.
		bool polls = parts_->events.source() == TransitionEvents::Source::sysfs;
		Clock::time_point until = now + (polls ? poll_interval : longest_sleep);
		if (waiting.progress)
			until = std::min(until, progress_at);
		interrupted = TRY(parts_->events.wait(std::min(until, waiting.deadline),
						      waiting.interrupt_fd));
	}
}

Result<std::vector<Task>> Transition::remaining()
{
	return parts_->pending.of(parts_->patch);
}

}
