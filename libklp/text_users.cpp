// SPDX-License-Identifier: LGPL-2.1-or-later
#include "text_users.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>

namespace klp {

static bool has_ended(const Error &error)
{
	return error.code == ENOENT || error.code == ESRCH;
}

Result<TextUsers> TextUsers::begin(const std::string &root, const std::string &module)
{
	TextUsers users;
	users.root_ = root;
	users.module_ = "[" + module + "]";
	std::vector<TaskId> tasks = TRY(list_tasks(root));
	// One that may not be read stands for all: nothing would ever be seen.
	for (const TaskId &task : tasks) {
		Result<std::vector<std::string>> stack = read_task_stack(root, task);
		if (stack)
			break;
		if (!has_ended(stack.error()))
			return std::unexpected(stack.error());
	}
	for (const TaskId &task : tasks) {
		Result<TaskStat> stat = read_task_stat(root, task);
		if (stat)
			users.unseen_[task] = stat->user_ticks;
		else if (!has_ended(stat.error()))
			return std::unexpected(stat.error());
	}
	return users;
}

static bool names_module(const std::string &frame, const std::string &module)
{
	// A bare address has no symbol: it cannot be said to be elsewhere.
	return frame.ends_with(module) || frame.starts_with("0x");
}

bool TextUsers::is_outside(TaskId task, unsigned long user_ticks_at_start) const
{
	Result<TaskStat> before = read_task_stat(root_, task);
	if (!before)
		return has_ended(before.error());
	if (before->state == 'Z' || before->state == 'X')
		return true;
	if (before->user_ticks > user_ticks_at_start)
		return true;
	Result<unsigned long> switches_before = read_task_switches(root_, task);
	Result<std::vector<std::string>> stack = read_task_stack(root_, task);
	Result<unsigned long> switches_after = read_task_switches(root_, task);
	Result<TaskStat> after = read_task_stat(root_, task);
	if (!switches_before || !stack || !switches_after || !after)
		return false;
	if (before->state == 'R' || after->state == 'R' || stack->empty() ||
	    *switches_before != *switches_after)
		return false;
	return std::ranges::none_of(
		*stack, [&](const std::string &frame) { return names_module(frame, module_); });
}

Result<std::vector<BlockingTask>> TextUsers::look()
{
	std::vector<BlockingTask> inside;
	std::erase_if(unseen_,
		      [&](const auto &entry) { return is_outside(entry.first, entry.second); });
	for (const auto &[task, ticks] : unseen_) {
		std::optional<BlockingTask> described = describe_task(root_, task, {module_});
		if (described)
			inside.push_back(std::move(*described));
	}
	return inside;
}

}
