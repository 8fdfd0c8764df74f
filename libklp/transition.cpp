// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/transition.hpp>

#include "kernel_log.hpp"
#include "livepatch_sysfs.hpp"
#include "lock.hpp"
#include "tasks.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sched.h>

namespace klp {

using std::chrono::milliseconds;

static constexpr milliseconds progress_interval(100);
static constexpr milliseconds poll_interval(20);
// From "complete" to transition=0 (klp_complete_transition()).
static constexpr milliseconds afterwards(10);

struct Transition::Watch {
	Kernel &kernel;
	std::string patch;
	Result<KernelLog> log;
	std::vector<std::string> messages;
	size_t judged = 0; // messages that has_just_completed() has seen

	void read_log();
	bool has_just_completed();
	Result<> sleep(const Waiting &waiting, bool *interrupted);
};

Transition::Transition(std::unique_ptr<Watch> watch) : watch_(std::move(watch)) {}
Transition::Transition(Transition &&) noexcept = default;
Transition::~Transition() = default;

Transition Transition::follow(Kernel &kernel, const std::string &patch, const TransitionAids &)
{
	return Transition(std::unique_ptr<Watch>(
		new Watch{kernel, patch, KernelLog::follow(kernel.root()), {}, 0}));
}

const char *Transition::mode() const
{
	return watch_->log ? "kmsg" : "sysfs";
}

void Transition::Watch::read_log()
{
	if (!log)
		return;
	std::vector<std::string> fresh = log->read_new();
	for (std::string &message : fresh) {
		if (message.find("livepatch") != std::string::npos ||
		    message.find(patch) != std::string::npos)
			messages.push_back(std::move(message));
	}
}

std::vector<std::string> Transition::messages()
{
	watch_->read_log();
	return watch_->messages;
}

// Whether a message that was not looked at before says so.
bool Transition::Watch::has_just_completed()
{
	bool complete = false;
	for (; judged < messages.size(); judged++)
		complete |= messages[judged] == "livepatch: '" + patch + "': patching complete" ||
			    messages[judged] == "livepatch: '" + patch + "': unpatching complete";
	return complete;
}

// Until something is to be looked at: a message, an interrupt, the next progress
// line, the deadline.
Result<> Transition::Watch::sleep(const Waiting &waiting, bool *interrupted)
{
	int timeout = milliseconds_until(waiting.deadline);
	if (waiting.progress)
		timeout = std::min<int>(timeout, progress_interval.count());
	timeout = std::min<int>(timeout, log ? longest_sleep.count() : poll_interval.count());
	pollfd events[] = {{log ? log->fd() : -1, POLLIN, 0}, {waiting.interrupt_fd, POLLIN, 0}};
	if (poll(events, 2, timeout) < 0 && errno != EINTR)
		return fail(errno, "cannot wait for the transition: %s", strerror(errno));
	*interrupted = events[1].revents != 0;
	return {};
}

Result<Transition::End> Transition::wait(const Waiting &waiting)
{
	auto start = Clock::now();
	Clock::time_point spin_until = start;
	bool interrupted = false;
	for (;;) {
		watch_->read_log();
		bool going_on = TRY(livepatch_in_transition(watch_->kernel.root(), watch_->patch));
		if (!going_on)
			return End::complete;
		if (interrupted)
			return End::interrupted;
		if (Clock::now() >= waiting.deadline)
			return End::timed_out;
		if (watch_->has_just_completed())
			spin_until = Clock::now() + afterwards;
		if (Clock::now() < spin_until) {
			sched_yield();
			continue;
		}
		if (waiting.progress) {
			Result<std::vector<BlockingTask>> tasks = remaining();
			auto elapsed =
				std::chrono::duration_cast<milliseconds>(Clock::now() - start);
			milliseconds left(milliseconds_until(waiting.deadline));
			waiting.progress(
				{elapsed, left, tasks.value_or(std::vector<BlockingTask>())});
		}
		TRY(watch_->sleep(waiting, &interrupted));
	}
}

// On the way in a task must leave the old functions, on the way out the module.
static std::set<std::string> functions_in_the_way(const LoadedPatch &patch)
{
	if (!patch.enabled)
		return {"[" + patch.name + "]"};
	std::set<std::string> functions;
	for (const LoadedPatch::Object &object : patch.objects)
		for (const LoadedPatch::Function &function : object.functions)
			functions.insert(function.name);
	return functions;
}

Result<std::vector<BlockingTask>> Transition::remaining() const
{
	const std::string &root = watch_->kernel.root();
	std::vector<BlockingTask> blocking;
	Result<LoadedPatch> patch = read_livepatch(root, watch_->patch);
	if (!patch && patch.error().code != ENOENT)
		return std::unexpected(patch.error());
	if (!patch || !patch->in_transition)
		return blocking;
	int target = patch->enabled ? 1 : 0;
	std::set<std::string> functions = functions_in_the_way(*patch);
	std::vector<TaskId> tasks = TRY(list_tasks(root));
	for (const TaskId &task : tasks) {
		Result<int> state = read_patch_state(root, task);
		if (!state && (state.error().code == EACCES || state.error().code == EPERM))
			return std::unexpected(state.error());
		if (!state || *state == target || *state == -1)
			continue;
		std::optional<BlockingTask> described = describe_task(root, task, functions);
		if (described)
			blocking.push_back(std::move(*described));
	}
	return blocking;
}

}
