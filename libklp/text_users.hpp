// SPDX-License-Identifier: LGPL-2.1-or-later
// The tasks that may still be inside a module's code.
//
// When a patch is disabled, no call enters its functions any more, but a task may still sleep in
// its code. The kernel's own check covers only [new_func, new_func + size). It covers neither a
// part that the compiler split off (.cold) nor a helper that a replaced function tail-called
// (stock 6.1.0-56 and 6.12.115: rmmod then frees the code under the task, an oops in 3 of 3
// tries).
//
// It suffices to see each task outside once: a task that is outside cannot come back. A task was
// seen outside when it has ended, or when its stack was read completely while the task did not
// run, and no address of the module is on the stack.
//
// The task did not run meanwhile if its count of runs did not change between two readings, and the
// stack is not empty: the kernel shows no stack of a task that is on a CPU
// (arch/x86/kernel/unwind_orc.c, task_on_another_cpu()). TextUsers first puts such a task off its
// CPU, by running there itself above all ordinary tasks. The task's user time does not prove that
// the task was in user mode: with tick accounting this time is a guess (kernel/sched/cputime.c,
// cputime_adjust()).
//
// The stack was read completely if it ends where a stack begins, at an entry from user mode or at
// a thread's first function, and is shorter than the longest stack that /proc shows.
//
// Tasks that begin later start outside. The kernel waited for code that only runs and does not
// sleep: unpatching ends with synchronize_rcu_tasks() (kernel/trace/ftrace.c, ftrace_shutdown()),
// replacing with klp_synchronize_transition(). This covers idle tasks and interrupts, which /proc
// does not show.
//
// The proof fails if a task can enter the module's code by another way than ftrace, through a
// pointer that the patch left behind: a timer, a work item, an RCU callback, a restart_block, an
// operations table.
#pragma once

#include "tasks.hpp"

namespace klp {

class TextUsers {
public:
	// ENOTSUP in a pid namespace, which shows only its own tasks; EACCES where the caller may
	// not read stacks.
	static Result<TextUsers> begin(const std::string &root, const std::string &module);

	// Checks each task that was not yet seen outside, and returns the tasks that are inside or
	// could not be checked. Empty: no task can be inside any more.
	Result<std::vector<Task>> look();

private:
	Result<size_t> pass(std::vector<Task> *inside);
	size_t forget_leader(TaskId gone);
	bool is_outside(TaskId task, const TaskStat &stat) const;
	bool stack_is_outside(TaskId task) const;

	std::string root_;
	std::string module_; // "[name]"
	unsigned long long begun_; // in clock ticks since boot
	std::set<TaskId> outside_, gone_;
	std::vector<Task> inside_; // at the last pass
};

}
