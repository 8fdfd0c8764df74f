// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tasks.hpp"
#include "file.hpp"
#include "try.hpp"

#include <cerrno>
#include <charconv>
#include <sstream>

namespace klp {

static std::string folder_of(const std::string &root, TaskId task)
{
	return root + "/proc/" + std::to_string(task.tgid) + "/task/" + std::to_string(task.tid);
}

static bool to_pid(const std::string &name, pid_t *pid)
{
	auto [end, status] = std::from_chars(name.data(), name.data() + name.size(), *pid);
	return status == std::errc() && end == name.data() + name.size();
}

Result<std::vector<TaskId>> list_tasks(const std::string &root)
{
	std::vector<TaskId> tasks;
	std::vector<std::string> processes = TRY(list_folder(root + "/proc"));
	for (const std::string &process : processes) {
		TaskId task;
		if (!to_pid(process, &task.tgid))
			continue;
		Result<std::vector<std::string>> threads =
			list_folder(root + "/proc/" + process + "/task");
		if (!threads) // it ended while we looked
			continue;
		for (const std::string &thread : *threads) {
			if (to_pid(thread, &task.tid))
				tasks.push_back(task);
		}
	}
	return tasks;
}

// "0.00 0.01 0.05 1/123 456": proc(5), loadavg.
ThreadCount count_threads(const std::string &root)
{
	std::istringstream fields(read_line(root + "/proc/loadavg").value_or(""));
	std::string loads;
	char slash;
	ThreadCount threads;
	fields >> loads >> loads >> loads >> threads.running >> slash >> threads.all;
	return threads;
}

// pid (comm) state ppid … flags is field 9, starttime 22, processor 39, rt_priority 40: proc(5).
Result<TaskStat> read_task_stat(const std::string &root, TaskId task)
{
	constexpr unsigned long pf_kthread = 0x00200000; // include/linux/sched.h
	std::string line = TRY(read_line(folder_of(root, task) + "/stat"));
	size_t open = line.find('('), close = line.rfind(')');
	if (open == std::string::npos || close == std::string::npos || close < open)
		return fail(EBADMSG, "cannot read the stat of task %d", task.tid);
	std::istringstream fields(line.substr(close + 1));
	TaskStat stat;
	stat.comm = line.substr(open + 1, close - open - 1);
	std::string skipped;
	unsigned long flags;
	fields >> stat.state;
	for (int field = 4; field < 9; field++)
		fields >> skipped;
	fields >> flags;
	for (int field = 10; field < 22; field++)
		fields >> skipped;
	fields >> stat.start_time;
	if (!fields)
		return fail(EBADMSG, "cannot read the stat of task %d", task.tid);
	for (int field = 23; field < 39; field++)
		fields >> skipped;
	if (!(fields >> stat.processor >> stat.real_time_priority)) {
		stat.processor = -1;
		stat.real_time_priority = 0;
	}
	stat.kernel_thread = flags & pf_kthread;
	return stat;
}

// "[<0>] pipe_read+0x2d1/0x400" or "[<0>] new_func+0x10/0x20 [module]"
Result<std::vector<std::string>> read_task_stack(const std::string &root, TaskId task)
{
	std::string text = TRY(read_text(folder_of(root, task) + "/stack"));
	std::istringstream lines(text);
	std::vector<std::string> stack;
	std::string line;
	while (std::getline(lines, line)) {
		size_t start = line.find("] ");
		std::string frame = start == std::string::npos ? line : line.substr(start + 2);
		size_t plus = frame.find('+'), module = frame.find(" [");
		std::string function = frame.substr(0, plus);
		if (module != std::string::npos && plus != std::string::npos)
			function += frame.substr(module);
		stack.push_back(std::move(function));
	}
	return stack;
}

Result<int> read_patch_state(const std::string &root, TaskId task)
{
	std::string line = TRY(read_line(folder_of(root, task) + "/patch_state"));
	int state = 0;
	if (std::from_chars(line.data(), line.data() + line.size(), state).ec != std::errc())
		return fail(EBADMSG, "task %d has the patch state '%s'", task.tid, line.c_str());
	return state;
}

Result<unsigned long> read_task_runs(const std::string &root, TaskId task)
{
	std::string line = TRY(read_line(folder_of(root, task) + "/schedstat"));
	std::istringstream words(line);
	unsigned long run_time, wait_time, runs;
	if (!(words >> run_time >> wait_time >> runs))
		return fail(EBADMSG, "task %d tells no runs", task.tid);
	return runs;
}

// Whether a frame is one of the functions, or in one of the "[module]"s, or in a
// part that the compiler split off from one of them.
static bool concerns(const std::string &frame, const std::set<std::string> &functions)
{
	size_t space = frame.find(' ');
	std::string name = frame.substr(0, space);
	if (space != std::string::npos && functions.contains(frame.substr(space + 1)))
		return true;
	for (const char *part : {".cold", ".part.", ".isra.", ".constprop."}) {
		size_t dot = name.find(part);
		if (dot != std::string::npos && functions.contains(name.substr(0, dot)))
			return true;
	}
	return functions.contains(name);
}

std::optional<BlockingTask> describe_task(const std::string &root, TaskId task,
					  const std::set<std::string> &functions)
{
	Result<TaskStat> stat = read_task_stat(root, task);
	if (!stat)
		return std::nullopt;
	BlockingTask described = {task.tid,    task.tgid, stat->comm, stat->kernel_thread,
				  stat->state, "",	  ""};
	Result<std::vector<std::string>> stack = read_task_stack(root, task);
	if (!stack)
		return described;
	for (const std::string &frame : *stack) {
		if (described.function.empty() && concerns(frame, functions))
			described.function = frame;
	}
	if (!stack->empty())
		described.waits_in = stack->front();
	return described;
}

}
