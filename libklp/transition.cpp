// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/transition.hpp>

#include "kernel_log.hpp"
#include "livepatch_sysfs.hpp"
#include "lock.hpp"
#include "runtime.hpp"
#include "tasks.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <klp/live_view.hpp>
#include <klp/steps.hpp>
#include <poll.h>
#include <sched.h>
#include <utility>

namespace klp {

using std::chrono::milliseconds;

// Who is in the way is told when a quick transition would have ended, then to be read.
static constexpr milliseconds first_progress(50);
static constexpr milliseconds progress_interval(1000);
static constexpr milliseconds poll_interval(20);
// Threads whose state is read file by file; with more of them BPF goes over all at once.
static constexpr size_t most_walked = 500;
// From "complete" to transition=0 (klp_complete_transition()).
static constexpr milliseconds afterwards(10);

struct Transition::Sources {
	Kernel &kernel;
	std::string patch;
	std::optional<Runtime> runtime;
	std::string without_runtime;
	Result<KernelLog> log;
	std::optional<Steps> steps;
	std::optional<LiveView> view;
	bool may_use_bpf;
	std::vector<std::string> messages;
	bool log_says_complete = false; // and was not asked since
	// When the kernel told of the start, and how long it took then.
	std::optional<std::chrono::microseconds> start_in_log = {};
	std::optional<Clock::time_point> start_in_steps = {};
	std::optional<std::chrono::duration<double, std::milli>> took = {};
	std::optional<Clock::time_point> begun = {}; // the first wait
	Clock::time_point spin_until = {}; // "complete" was said, and sysfs is about to say so
	Clock::time_point progress_at = {};

	void use_runtime(const TransitionAids &aids);
	bool steps_say_complete();
	bool runtime_says_complete();
	Result<std::vector<BlockingTask>> pending_through_bpf(const LoadedPatch &loaded);
	void take(const LogMessage &message);
	void read_log();
	bool has_just_completed();
	Result<> sleep(Clock::time_point until, int interrupt_fd, bool *interrupted);
};

Transition::Transition(std::unique_ptr<Sources> sources) : sources_(std::move(sources)) {}
Transition::Transition(Transition &&) noexcept = default;
Transition::~Transition() = default;

Transition Transition::follow(Kernel &kernel, const std::string &patch, const TransitionAids &aids)
{
	std::unique_ptr<Sources> sources(new Sources{.kernel = kernel,
						     .patch = patch,
						     .runtime = std::nullopt,
						     .without_runtime = "",
						     .log = KernelLog::follow(kernel.root()),
						     .steps = std::nullopt,
						     .view = std::nullopt,
						     .may_use_bpf = aids.bpf,
						     .messages = {}});
	sources->use_runtime(aids);
	// Its probes cost RCU grace periods when they go: only where nothing else tells.
	if (aids.bpf && !sources->runtime && !sources->log) {
		Result<Steps> opened = Steps::open(kernel, Steps::Detail::transitions);
		if (opened)
			sources->steps = std::move(*opened);
	}
	return Transition(std::move(sources));
}

void Transition::Sources::use_runtime(const TransitionAids &aids)
{
	if (!aids.runtime) {
		without_runtime = "not wanted";
		return;
	}
	Result<Runtime> opened = Runtime::open_or_load(kernel.root());
	Result<> asked =
		opened ? opened->advance(patch, aids.urgency) : std::unexpected(opened.error());
	if (asked)
		runtime = std::move(*opened);
	else
		without_runtime = asked.error().message;
}

const char *Transition::mode() const
{
	if (sources_->runtime)
		return "runtime";
	if (sources_->log)
		return "kmsg";
	return sources_->steps ? "bpf" : "sysfs";
}

const std::string &Transition::without_runtime() const
{
	return sources_->without_runtime;
}

void Transition::Sources::take(const LogMessage &message)
{
	std::string prefix = "livepatch: '" + patch + "': ";
	if (!message.text.starts_with(prefix))
		return;
	std::string_view rest = std::string_view(message.text).substr(prefix.size());
	if (rest == "starting patching transition" || rest == "starting unpatching transition")
		start_in_log = message.time;
	if (rest != "patching complete" && rest != "unpatching complete")
		return;
	log_says_complete = true;
	if (start_in_log && !runtime)
		took = message.time - *start_in_log;
}

void Transition::Sources::read_log()
{
	if (!log)
		return;
	for (LogMessage &message : log->read_new()) {
		take(message);
		if (message.text.find("livepatch") != std::string::npos ||
		    message.text.find(patch) != std::string::npos)
			messages.push_back(std::move(message.text));
	}
}

std::optional<std::chrono::duration<double, std::milli>> Transition::took()
{
	sources_->has_just_completed();
	return sources_->took;
}

std::vector<std::string> Transition::messages()
{
	sources_->read_log();
	return sources_->messages;
}

// A device that cannot be read leaves the log to wait on.
bool Transition::Sources::runtime_says_complete()
{
	Result<std::vector<RuntimeEvent>> events = runtime->read_events();
	if (!events) {
		without_runtime = events.error().message;
		runtime.reset();
		return false;
	}
	bool complete = false;
	for (const RuntimeEvent &event : *events) {
		if (event.kind != RuntimeEvent::Kind::complete || event.patch != patch)
			continue;
		complete = true;
		took = event.duration;
	}
	return complete;
}

bool Transition::Sources::steps_say_complete()
{
	Result<std::vector<Step>> fresh = steps->read();
	if (!fresh) {
		steps.reset();
		return false;
	}
	bool complete = false;
	for (const Step &step : *fresh) {
		if (step.patch == patch && step.kind == Step::Kind::start)
			start_in_steps = step.time;
		if (step.patch != patch || step.kind != Step::Kind::complete)
			continue;
		complete = true;
		if (start_in_steps)
			took = step.time - *start_in_steps;
	}
	return complete;
}

// Whether something that was not looked at before says so.
bool Transition::Sources::has_just_completed()
{
	read_log();
	bool complete = std::exchange(log_says_complete, false);
	if (runtime)
		complete |= runtime_says_complete();
	if (steps)
		complete |= steps_say_complete();
	return complete;
}

// Until something is to be looked at, and never for long.
Result<> Transition::Sources::sleep(Clock::time_point until, int interrupt_fd, bool *interrupted)
{
	bool has_events = runtime || log || steps;
	int timeout = std::min<int>(milliseconds_until(until),
				    (has_events ? longest_sleep : poll_interval).count());
	pollfd events[] = {{interrupt_fd, POLLIN, 0},
			   {log ? log->fd() : -1, POLLIN, 0},
			   {runtime ? runtime->fd() : -1, POLLIN, 0},
			   {steps ? steps->fd() : -1, POLLIN, 0}};
	if (poll(events, std::size(events), timeout) < 0 && errno != EINTR)
		return fail(errno, "cannot wait for the transition: %s", strerror(errno));
	*interrupted = events[0].revents != 0;
	return {};
}

Result<Transition::End> Transition::wait(const Waiting &waiting)
{
	Clock::time_point &spin_until = sources_->spin_until, &progress_at = sources_->progress_at;
	if (!sources_->begun) {
		sources_->begun = Clock::now();
		progress_at = *sources_->begun + first_progress;
	}
	bool interrupted = false;
	for (;;) {
		bool going_on =
			TRY(livepatch_in_transition(sources_->kernel.root(), sources_->patch));
		if (!going_on)
			return End::complete;
		if (sources_->has_just_completed())
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
			Result<std::vector<BlockingTask>> tasks = remaining();
			waiting.progress(
				{std::chrono::duration_cast<milliseconds>(now - *sources_->begun),
				 milliseconds(milliseconds_until(waiting.deadline)),
				 tasks.value_or(std::vector<BlockingTask>())});
			progress_at = Clock::now() + progress_interval;
		}
		TRY(sources_->sleep(waiting.progress ? std::min(progress_at, waiting.deadline)
						     : waiting.deadline,
				    waiting.interrupt_fd, &interrupted));
	}
}

// On the way in a task must leave the old functions, on the way out the module.
static std::set<std::string> functions_in_the_way(const LoadedPatch &patch)
{
	if (!patch.is_wanted())
		return {"[" + patch.name + "]"};
	std::set<std::string> functions;
	for (const LoadedPatch::Object &object : patch.objects)
		for (const LoadedPatch::Function &function : object.functions)
			functions.insert(function.name);
	return functions;
}

// It stays open for the next question: opening costs more than looking.
Result<std::vector<BlockingTask>>
Transition::Sources::pending_through_bpf(const LoadedPatch &loaded)
{
	if (!view)
		view = TRY(LiveView::open(kernel));
	std::vector<LiveTask> pending = TRY(view->pending(loaded));
	std::vector<BlockingTask> tasks;
	for (LiveTask &live : pending)
		tasks.push_back(std::move(live.task));
	return tasks;
}

Result<std::vector<BlockingTask>> Transition::remaining() const
{
	const std::string &root = sources_->kernel.root();
	std::vector<BlockingTask> blocking;
	Result<LoadedPatch> patch = read_livepatch(root, sources_->patch);
	if (!patch && patch.error().code != ENOENT)
		return std::unexpected(patch.error());
	if (!patch || !patch->in_transition)
		return blocking;
	if (sources_->may_use_bpf && count_threads(root).all > most_walked) {
		Result<std::vector<BlockingTask>> seen = sources_->pending_through_bpf(*patch);
		if (seen)
			return seen;
		sources_->may_use_bpf = false;
	}
	int target = patch->is_wanted() ? 1 : 0;
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
