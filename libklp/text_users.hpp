// SPDX-License-Identifier: LGPL-2.1-or-later
// Who may still be inside a module's code.
//
// When a patch is disabled its functions are no longer entered, but a task may
// be asleep in its code all the same: the kernel's own check covers only
// [new_func, new_func + size), not a part that the compiler split off (.cold) nor a
// helper that a replaced function tail-called (stock 6.1.0-56 and 6.12.115: rmmod
// then frees the code under the task, an oops in 3 of 3 tries).
//
// It suffices to see each task once outside: none that is outside can come back.
// A task was seen outside when its stack was read whole while it did not run, and no
// address of the module is on it; or when it has ended.
//
// It did not run meanwhile when it was given no CPU between two looks at its count of
// runs, and the stack is not empty: the kernel shows none of a task that is on a CPU
// (arch/x86/kernel/unwind_orc.c, task_on_another_cpu()). Such a task is put off its
// CPU first, by running there ourselves above all ordinary tasks. Its user time is no
// proof of having been in user mode: with tick accounting that is a guess
// (kernel/sched/cputime.c, cputime_adjust()).
//
// It was read whole when it ends where a stack begins, at an entry from user mode or at
// a thread's first function, and is shorter than /proc shows at most.
//
// Tasks that begin later start outside. Code that only runs without sleeping was
// waited for by the kernel: unpatching ends with synchronize_rcu_tasks()
// (kernel/trace/ftrace.c, ftrace_shutdown()), replacing with
// klp_synchronize_transition(); that covers idle tasks and interrupts, which /proc does
// not show.
//
// What would void it: code of the module that can be entered by another way than
// ftrace, through a pointer that the patch left behind: a timer, a work item, an RCU
// callback, a restart_block, an operations table.
#pragma once

#include "tasks.hpp"

namespace klp {

class TextUsers {
public:
	// ENOTSUP in a pid namespace, from where only its own tasks are seen; EACCES
	// where stacks may not be read.
	static Result<TextUsers> begin(const std::string &root, const std::string &module);

	// Looks at each task that was not yet seen outside, and names those that are
	// inside or could not be judged. Empty: nobody can be inside any more.
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
	std::vector<Task> inside_; // at the last look
};

}
