// SPDX-License-Identifier: LGPL-2.1-or-later
#include "text_users.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <sched.h>
#include <unistd.h>

namespace klp {

static bool has_ended(const Error &error)
{
	return error.code == ENOENT || error.code == ESRCH;
}

// The first pid namespace has the same number in every kernel: PROC_PID_INIT_INO
// (include/linux/proc_ns.h).
static Result<> in_first_pid_namespace(const std::string &root)
{
	char name[64] = {};
	std::string path = root + "/proc/self/ns/pid";
	if (readlink(path.c_str(), name, sizeof(name) - 1) < 0 ||
	    std::string_view(name) != "pid:[4026531836]")
		return fail(ENOTSUP,
			    "in a pid namespace not every task can be seen; use the host's");
	return {};
}

Result<TextUsers> TextUsers::begin(const std::string &root, const std::string &module)
{
	TextUsers users;
	users.root_ = root;
	users.module_ = "[" + module + "]";
	timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	users.begun_ = (now.tv_sec + 1) * static_cast<unsigned long long>(sysconf(_SC_CLK_TCK));
	std::vector<TaskId> tasks = TRY(list_tasks(root));
	TRY(in_first_pid_namespace(root));
	// One task without permission stands for all: no stack could ever be read.
	for (const TaskId &task : tasks) {
		Result<std::vector<std::string>> stack = read_task_stack(root, task);
		if (stack)
			break;
		if (!has_ended(stack.error()))
			return std::unexpected(stack.error());
	}
	return users;
}

namespace {

// Keeps ordinary tasks off one CPU by running there above them, as long as it lives.
class CpuTaken {
public:
	explicit CpuTaken(int cpu)
	{
		sched_getaffinity(0, sizeof(affinity_), &affinity_);
		policy_ = sched_getscheduler(0);
		sched_getparam(0, &parameters_);
		sched_param lowest_real_time = {.sched_priority = 1};
		cpu_set_t only;
		CPU_ZERO(&only);
		CPU_SET(cpu, &only);
		// Where the class is not permitted, the task stays unchecked, and look() returns
		// it.
		taken_ = sched_setscheduler(0, SCHED_FIFO, &lowest_real_time) == 0 &&
			 sched_setaffinity(0, sizeof(only), &only) == 0;
	}
	~CpuTaken()
	{
		sched_setaffinity(0, sizeof(affinity_), &affinity_);
		sched_setscheduler(0, policy_, &parameters_);
	}
	bool is_taken() const { return taken_; }

private:
	cpu_set_t affinity_;
	int policy_;
	sched_param parameters_;
	bool taken_;
};

bool names_module(const std::string &frame, const std::string &module)
{
	// A bare address has no symbol, and may be inside.
	return frame.ends_with(module) || frame.starts_with("0x");
}

// Whether the stack is complete down to its beginning: stack_trace_save_tsk() drops the frames
// beyond MAX_STACK_TRACE_DEPTH (fs/proc/base.c).
bool is_whole(const std::vector<std::string> &stack)
{
	constexpr size_t deepest_shown = 64;
	if (stack.empty() || stack.size() >= deepest_shown)
		return false;
	const std::string &first = stack.back();
	return first.starts_with("entry_") || first.starts_with("ret_from_fork") ||
	       first.starts_with("asm_");
}

}

bool TextUsers::stack_is_outside(TaskId task) const
{
	Result<unsigned long> runs_before = read_task_runs(root_, task);
	Result<std::vector<std::string>> stack = read_task_stack(root_, task);
	Result<unsigned long> runs_after = read_task_runs(root_, task);
	if (!runs_before || !stack || !runs_after)
		return false;
	if (*runs_before == 0 || *runs_before != *runs_after || !is_whole(*stack))
		return false;
	return std::ranges::none_of(
		*stack, [&](const std::string &frame) { return names_module(frame, module_); });
}

bool TextUsers::is_outside(TaskId task, const TaskStat &stat) const
{
	if (task.tid == gettid() || stat.state == 'Z' || stat.state == 'X')
		return true;
	if (stack_is_outside(task))
		return true;
	if (stat.state != 'R' || stat.processor < 0 || stat.processor >= CPU_SETSIZE)
		return false;
	// Behind a real-time task klp would wait as long as that task runs.
	if (stat.real_time_priority > 0)
		return false;
	CpuTaken cpu(stat.processor);
	return cpu.is_taken() && stack_is_outside(task);
}

// A thread that is gone has ended, or it has called exec(2) and goes on under the number of its
// process (fs/exec.c, de_thread()). The task with this number must then be checked anew.
size_t TextUsers::forget_leader(TaskId gone)
{
	if (gone.tid == gone.tgid || !gone_.insert(gone).second)
		return 0;
	return outside_.erase({gone.tgid, gone.tgid});
}

static Task unread_task(TaskId id)
{
	Task task;
	task.tid = id.tid;
	task.tgid = id.tgid;
	task.comm = "?";
	return task;
}

// The number of threads that the pass had still to check, or met for the first time. A listing of
// /proc can miss a thread where others end meanwhile.
Result<size_t> TextUsers::pass(std::vector<Task> *inside)
{
	size_t met = 0;
	std::vector<TaskId> tasks = TRY(list_tasks(root_));
	std::set<TaskId> listed(tasks.begin(), tasks.end());
	for (const Task &task : *inside) {
		if (!listed.contains({task.tgid, task.tid}))
			forget_leader({task.tgid, task.tid});
	}
	inside->clear();
	for (const TaskId &task : tasks) {
		// The number may also be that of a later task, which has begun outside.
		if (outside_.contains(task))
			continue;
		Result<TaskStat> stat = read_task_stat(root_, task);
		if (!stat && has_ended(stat.error())) {
			met += forget_leader(task);
			continue;
		}
		if (!stat)
			return std::unexpected(stat.error());
		if (stat->start_time > begun_)
			continue;
		met++;
		if (is_outside(task, *stat))
			outside_.insert(task);
		else
			inside->push_back(
				describe_task(root_, task, {module_}).value_or(unread_task(task)));
	}
	return met;
}

Result<std::vector<Task>> TextUsers::look()
{
	size_t met = TRY(pass(&inside_));
	while (inside_.empty() && met > 0)
		met = TRY(pass(&inside_));
	return inside_;
}

}
