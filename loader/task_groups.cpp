// SPDX-License-Identifier: LGPL-2.1-or-later
#include "task_groups.hpp"

#include "../cli/say.hpp"

#include <map>

using klp::Task;

static constexpr size_t most_named = 6;

std::string name_and_time(const Task &task)
{
	std::string text = task.comm + " (" + std::to_string(task.tid) + ")";
	if (!task.since)
		return text;
	char time[32];
	snprintf(time, sizeof(time), " for %.1f s", task.since->count() / 1000.0);
	return text + time;
}

static std::string place_of(const Task &task)
{
	if (!task.function.empty())
		return "in " + task.function;
	switch (task.reason) {
	case Task::Reason::running:
		return "running";
	case Task::Reason::unreliable_stack:
		return "with a stack that the kernel does not trust";
	default:
		break;
	}
	if (task.state == 'R')
		return "running";
	return "elsewhere, to be switched at the kernel's next pass";
}

void print_groups(FILE *stream, const std::vector<Task> &tasks)
{
	std::map<std::string, std::vector<const Task *>> groups;
	for (const Task &task : tasks)
		groups[place_of(task)].push_back(&task);
	for (const auto &[place, members] : groups) {
		say(stream, "  %zu %s: ", members.size(), place.c_str());
		for (size_t i = 0; i < members.size() && i < most_named; i++)
			say(stream, "%s%s", i > 0 ? ", " : "", name_and_time(*members[i]).c_str());
		if (members.size() > most_named)
			say(stream, " and %zu more", members.size() - most_named);
		say(stream, "\n");
	}
}
