// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tasks.hpp"
#include "file.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sstream>

namespace klp {

static std::string folder_of(const std::string &root, TaskId task)
{
	return root + "/proc/" + std::to_string(task.tgid) + "/task/" + std::to_string(task.tid);
}

template <class Number> static bool to_number(std::string_view text, Number *number)
{
	auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), *number);
	return status == std::errc() && end == text.data() + text.size();
}

// A machine has tens of thousands of threads, and a stream for each line costs more than the
// kernel's writing of the line.
static std::vector<std::string_view> words_of(std::string_view line)
{
	static constexpr const char *blanks = " \n";
	std::vector<std::string_view> words;
	size_t at = 0;
	while ((at = line.find_first_not_of(blanks, at)) != line.npos) {
		size_t end = std::min(line.find_first_of(blanks, at), line.size());
		words.push_back(line.substr(at, end - at));
		at = end;
	}
	return words;
}

Result<std::vector<TaskId>> list_tasks(const std::string &root)
{
	std::vector<TaskId> tasks;
	std::vector<std::string> processes = TRY(list_folder(root + "/proc"));
	for (const std::string &process : processes) {
		TaskId task;
		if (!to_number(process, &task.tgid))
			continue;
		Result<std::vector<std::string>> threads =
			list_folder(root + "/proc/" + process + "/task");
		if (!threads) // the task ended meanwhile
			continue;
		for (const std::string &thread : *threads) {
			if (to_number(thread, &task.tid))
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
	// A name may have newlines, brackets and spaces; the last bracket is the end of the name.
	std::string line = TRY(read_text(folder_of(root, task) + "/stat"));
	size_t open = line.find('('), close = line.rfind(')');
	if (open == std::string::npos || close == std::string::npos || close < open)
		return fail(EBADMSG, "cannot read the stat of task %d", task.tid);
	// The fields from the third on, counted from 1: proc(5).
	std::vector<std::string_view> fields = words_of(std::string_view(line).substr(close + 1));
	auto field = [&](size_t number) {
		return number - 3 < fields.size() ? fields[number - 3] : std::string_view();
	};
	TaskStat stat;
	stat.comm = line.substr(open + 1, close - open - 1);
	unsigned long flags;
	if (field(3).size() != 1 || !to_number(field(9), &flags) ||
	    !to_number(field(22), &stat.start_time))
		return fail(EBADMSG, "cannot read the stat of task %d", task.tid);
	stat.state = field(3)[0];
	if (!to_number(field(39), &stat.processor) ||
	    !to_number(field(40), &stat.real_time_priority)) {
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
	std::vector<std::string> stack;
	for (size_t at = 0, end; at < text.size(); at = end + 1) {
		end = std::min(text.find('\n', at), text.size());
		std::string_view line(text.data() + at, end - at);
		size_t start = line.find("] ");
		std::string_view frame = start == std::string::npos ? line : line.substr(start + 2);
		size_t plus = frame.find('+'), module = frame.find(" [");
		std::string function(frame.substr(0, plus));
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
	if (!to_number(line, &state))
		return fail(EBADMSG, "task %d has the patch state '%s'", task.tid, line.c_str());
	return state;
}

Result<unsigned long> read_task_runs(const std::string &root, TaskId task)
{
	std::string line = TRY(read_line(folder_of(root, task) + "/schedstat"));
	std::vector<std::string_view> words = words_of(line);
	unsigned long runs;
	if (words.size() < 3 || !to_number(words[2], &runs))
		return fail(EBADMSG, "the schedstat of task %d has no count of runs", task.tid);
	return runs;
}

// Whether a frame is one of the functions, or in one of the "[module]"s, or in a
// part that the compiler split off from one of them.
static bool matches(const std::string &frame, const std::set<std::string> &functions)
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

std::optional<Task> describe_task(const std::string &root, TaskId task,
				  const std::set<std::string> &functions)
{
	Result<TaskStat> stat = read_task_stat(root, task);
	if (!stat)
		return std::nullopt;
	Task described;
	described.tid = task.tid;
	described.tgid = task.tgid;
	described.comm = stat->comm;
	described.kernel_thread = stat->kernel_thread;
	described.state = stat->state;
	Result<std::vector<std::string>> stack = read_task_stack(root, task);
	if (!stack)
		return described;
	for (const std::string &frame : *stack) {
		if (described.function.empty() && matches(frame, functions))
			described.function = frame;
	}
	if (!stack->empty())
		described.waits_in = stack->front();
	return described;
}

}
