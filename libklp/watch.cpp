// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/watch.hpp>

#include "kernel_log.hpp"
#include "transition_changes.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <klp/transition.hpp>
#include <poll.h>

namespace klp {

using std::chrono::milliseconds;

// Between two looks at sysfs, which gives no sign of itself.
static constexpr milliseconds look_interval(100);

struct Watch::Sources {
	Kernel &kernel;
	std::optional<Steps> steps;
	std::optional<LiveView> view;
	std::optional<KernelLog> log;
	std::string why;
	TransitionChanges changes;

	Result<std::vector<Step>> look();
	Result<std::vector<Step>> read_steps();
	void keep_symbols_fresh();
};

Watch::Watch(std::unique_ptr<Sources> sources) : sources_(std::move(sources)) {}
Watch::Watch(Watch &&) noexcept = default;
Watch::~Watch() = default;

Watch Watch::open(Kernel &kernel, bool with_bpf)
{
	std::unique_ptr<Sources> sources(
		new Sources{kernel, {}, {}, {}, "BPF was not to be used", {}});
	if (with_bpf) {
		Result<Steps> steps = Steps::open(kernel, Steps::Detail::tasks);
		Result<LiveView> view =
			steps ? LiveView::open(kernel) : std::unexpected(steps.error());
		if (view) {
			sources->steps = std::move(*steps);
			sources->view = std::move(*view);
			sources->why = "";
			// Read now, they need not be when somebody is to be named.
			kernel.function_at(0);
			return Watch(std::move(sources));
		}
		sources->why = view.error().message;
	}
	Result<KernelLog> log = KernelLog::follow(kernel.root());
	if (log)
		sources->log = std::move(*log);
	else
		sources->why += "; " + log.error().message;
	// What is under way already has not begun just now.
	Result<std::vector<LoadedPatch>> patches = kernel.livepatches();
	if (patches)
		sources->changes.seen(*patches);
	return Watch(std::move(sources));
}

Watch::Source Watch::source() const
{
	if (sources_->steps)
		return Source::bpf;
	return sources_->log ? Source::kmsg : Source::sysfs;
}

const std::string &Watch::why() const
{
	return sources_->why;
}

std::vector<std::string> Watch::deaf_to() const
{
	return sources_->steps ? sources_->steps->deaf_to() : std::vector<std::string>();
}

uint64_t Watch::lost() const
{
	return sources_->steps ? sources_->steps->lost() : 0;
}

// Who is in the way is asked of the kernel once a second pass has failed: the first one
// fails for idle CPUs, and to ask slows it.
Result<std::vector<Step>> Watch::Sources::read_steps()
{
	std::vector<Step> found = TRY(steps->read());
	for (const Step &step : found) {
		if (step.kind == Step::Kind::pass && step.pass >= 2)
			steps->attend_to_tasks();
		if (step.kind == Step::Kind::complete || step.kind == Step::Kind::cancel)
			steps->leave_tasks_alone();
	}
	return found;
}

Result<std::vector<Step>> Watch::Sources::look()
{
	if (steps)
		return read_steps();
	if (!log) {
		std::vector<LoadedPatch> patches = TRY(kernel.livepatches());
		return changes.seen(patches);
	}
	std::vector<Step> found;
	for (const LogMessage &message : log->read_new())
		std::ranges::move(changes.logged(message.text), std::back_inserter(found));
	return found;
}

// While there is nothing to see, so that a task's place has a name when there is.
void Watch::Sources::keep_symbols_fresh()
{
	Result<std::vector<LoadedPatch>> patches = kernel.livepatches();
	if (!view || !patches || std::ranges::any_of(*patches, &LoadedPatch::in_transition))
		return;
	if (kernel.forget_symbols_if_stale())
		kernel.function_at(0);
}

Result<std::vector<Step>> Watch::wait(milliseconds timeout, int interrupt_fd)
{
	auto deadline = std::chrono::steady_clock::now() + timeout;
	for (;;) {
		std::vector<Step> found = TRY(sources_->look());
		auto left = std::chrono::ceil<milliseconds>(deadline -
							    std::chrono::steady_clock::now());
		if (found.empty() && left.count() <= 0)
			sources_->keep_symbols_fresh();
		if (!found.empty() || left.count() <= 0)
			return found;
		int source = -1;
		if (sources_->steps)
			source = sources_->steps->fd();
		else if (sources_->log)
			source = sources_->log->fd();
		else
			left = std::min(left, look_interval);
		pollfd events[] = {{source, POLLIN, 0}, {interrupt_fd, POLLIN, 0}};
		if (poll(events, 2, left.count()) < 0 && errno != EINTR)
			return fail(errno, "cannot wait for a transition: %s", strerror(errno));
		if (events[1].revents != 0)
			return found;
	}
}

Result<std::vector<LiveTask>> Watch::pending(const LoadedPatch &patch)
{
	if (sources_->view)
		return sources_->view->pending(patch);
	std::vector<BlockingTask> tasks =
		TRY(Transition::follow(sources_->kernel, patch.name).remaining());
	std::vector<LiveTask> live;
	for (BlockingTask &task : tasks)
		live.push_back({std::move(task), patch.is_wanted() ? 0 : 1, false, 0, 0, {}});
	return live;
}

const char *name_of(Watch::Source source)
{
	switch (source) {
	case Watch::Source::bpf:
		return "bpf";
	case Watch::Source::kmsg:
		return "kmsg";
	case Watch::Source::sysfs:
		return "sysfs";
	}
	return "";
}

}
