// SPDX-License-Identifier: LGPL-2.1-or-later
// Threads, as /proc shows them. /proc does not show idle tasks (pid 0).
#pragma once

#include <klp/error.hpp>
#include <klp/task.hpp>
#include <optional>
#include <set>
#include <vector>

namespace klp {

// In the flags of a task: a kernel thread (include/linux/sched.h).
constexpr uint32_t pf_kthread = 0x00200000;

struct TaskStat {
	std::string comm;
	char state;
	bool kernel_thread;
	unsigned long long start_time; // in clock ticks (sysconf(_SC_CLK_TCK)) since boot
	int processor; // the CPU that the task last ran on; -1 where unknown
	unsigned real_time_priority; // 0 for an ordinary task
};

struct TaskId {
	pid_t tgid;
	pid_t tid;
	auto operator<=>(const TaskId &) const = default;
};

Result<std::vector<TaskId>> list_tasks(const std::string &root);

// The number of threads that run or are ready to run, the calling one included, and of all
// threads.
struct ThreadCount {
	size_t running = 1, all = 0;
};
ThreadCount count_threads(const std::string &root);

// ENOENT or ESRCH for a task that has ended.
Result<TaskStat> read_task_stat(const std::string &root, TaskId task);

// One entry for each function, the innermost first: "name" or "name [module]", or the bare address
// where kallsyms has no name. Empty while the task runs.
Result<std::vector<std::string>> read_task_stack(const std::string &root, TaskId task);

// -1 idle, 0 unpatched, 1 patched.
Result<int> read_patch_state(const std::string &root, TaskId task);

// The number of times that the task was given a CPU: the third number of schedstat, which the
// kernel increments when it switches the task in (kernel/sched/stats.h, sched_info_arrive();
// CONFIG_SCHED_INFO).
Result<unsigned long> read_task_runs(const std::string &root, TaskId task);

// Describes a task for a person. functions are those that were asked for: a plain name, or
// "[module]" for any address in a module.
std::optional<Task> describe_task(const std::string &root, TaskId task,
				  const std::set<std::string> &functions);

}
