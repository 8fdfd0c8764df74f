// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/forecast.hpp>

#include "kernel_root.hpp"
#include "tasks.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <poll.h>
#include <unistd.h>

namespace klp {

using Clock = std::chrono::steady_clock;

namespace {

// One pass over all threads, through BPF or /proc.
class Looker {
public:
	Looker(Kernel &kernel, bool with_bpf) : kernel_(kernel)
	{
		Result<LiveView> view =
			with_bpf ? LiveView::open(kernel) : fail(ENOTSUP, "BPF was not to be used");
		if (view)
			view_ = std::move(*view);
		else
			why_ = view.error().message;
	}
	bool has_bpf() const { return view_.has_value(); }
	const std::string &why() const { return why_; }
	Result<std::vector<Task>> look(const std::vector<FunctionName> &functions)
	{
		return view_ ? view_->inside(functions) : look_through_proc(functions);
	}

private:
	Result<std::vector<Task>> look_through_proc(const std::vector<FunctionName> &functions);

	Kernel &kernel_;
	std::optional<LiveView> view_;
	std::string why_;
};

Result<std::vector<Task>> Looker::look_through_proc(const std::vector<FunctionName> &functions)
{
	const std::string &root = root_of(kernel_);
	std::set<std::string> names;
	for (const FunctionName &function : functions)
		names.insert(function.name);
	std::vector<TaskId> tasks = TRY(list_tasks(root));
	std::vector<Task> inside;
	for (const TaskId &task : tasks) {
		Result<std::vector<std::string>> stack = read_task_stack(root, task);
		if (!stack && (stack.error().code == EACCES || stack.error().code == EPERM))
			return std::unexpected(stack.error());
		std::optional<Task> described = describe_task(root, task, names);
		if (!described || described->function.empty())
			continue;
		described->patch_state = read_patch_state(root, task).value_or(-1);
		inside.push_back(std::move(*described));
	}
	return inside;
}

bool is_in_memory(Kernel &kernel, const FunctionName &function)
{
	Kernel::Place place = kernel.place(function.object);
	return place == Kernel::Place::kernel || place == Kernel::Place::loaded;
}

}

Result<Forecast> look_inside(Kernel &kernel, const std::vector<FunctionName> &functions,
			     std::chrono::milliseconds window, int interrupt_fd, bool with_bpf)
{
	constexpr int share = 20;
	constexpr std::chrono::milliseconds shortest(20);
	Forecast forecast = {};
	std::vector<FunctionName> present;
	for (const FunctionName &function : functions)
		(is_in_memory(kernel, function) ? present : forecast.absent).push_back(function);
	if (present.empty())
		return forecast;
	Looker looker(kernel, with_bpf);
	forecast.through_bpf = looker.has_bpf();
	forecast.why = looker.why();
	std::map<pid_t, Forecast::Sighting> seen;
	Clock::time_point end;
	for (bool go_on = true; go_on;) {
		auto start = Clock::now();
		Result<std::vector<Task>> tasks = looker.look(present);
		if (!tasks && !forecast.through_bpf)
			return fail(tasks.error().code, "%s; %s", forecast.why.c_str(),
				    tasks.error().message.c_str());
		if (!tasks)
			return std::unexpected(tasks.error());
		forecast.passes++;
		for (Task &task : *tasks) {
			Forecast::Sighting &entry = seen[task.tid];
			entry.task = std::move(task);
			entry.seen++;
		}
		auto now = Clock::now();
		if (forecast.passes == 1) // the first pass has also read the kernel's symbols
			end = now + window;
		auto pause = forecast.passes == 1
				     ? Clock::duration(shortest)
				     : std::max<Clock::duration>(shortest, (now - start) * share);
		pause = std::min<Clock::duration>(pause, end - now);
		auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(pause).count();
		pollfd interrupted = {interrupt_fd, POLLIN, 0};
		go_on = milliseconds > 0 && poll(&interrupted, 1, milliseconds) == 0;
	}
	for (auto &[tid, task] : seen)
		forecast.tasks.push_back(std::move(task));
	std::ranges::stable_sort(forecast.tasks, std::greater(), &Forecast::Sighting::seen);
	return forecast;
}

}
