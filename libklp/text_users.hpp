// SPDX-License-Identifier: LGPL-2.1-or-later
// Who may still be inside a module's code.
//
// When a patch is out of force its functions are no longer entered, but a task may
// be asleep in its code all the same: the kernel's own check covers only
// [new_func, new_func + size), not a part that the compiler split off (.cold) nor a
// helper that a replaced function tail-called (stock 6.1.0-56 and 6.12.115: rmmod
// then frees the code under the task, an oops in 3 of 3 tries).
//
// It suffices to see each task once outside: none that is outside can come back.
// A task counts as outside
//   1) when its whole stack was read while it did not run (asleep before and after,
//      with no context switch between) and no address of the module is on it;
//   2) when it was in user mode since we began: its user time has grown, and there
//      the kernel stack is empty;
//   3) when it has ended.
// Tasks that begin later start outside. Code that only runs without sleeping was
// waited for by the kernel: unregister_ftrace_function() ends with
// synchronize_rcu_tasks() (kernel/trace/ftrace.c, ftrace_shutdown()); that covers
// idle tasks and interrupts, which /proc does not show.
//
// What would void it: code of the module that can be entered by another way than
// ftrace, such as a timer or a work item that a callback of the patch left behind.
#pragma once

#include "tasks.hpp"

#include <map>

namespace klp {

class TextUsers {
public:
	// EACCES where stacks may not be read.
	static Result<TextUsers> begin(const std::string &root, const std::string &module);

	// Looks at each task that was not yet seen outside, and names those that are
	// inside or could not be judged. Empty: nobody can be inside any more.
	Result<std::vector<BlockingTask>> look();

private:
	bool is_outside(TaskId task, unsigned long user_ticks_at_start) const;

	std::string root_;
	std::string module_; // "[name]"
	std::map<TaskId, unsigned long> unseen_; // with the user ticks at the start
};

}
