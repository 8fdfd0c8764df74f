// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <sys/types.h>

namespace [[gnu::visibility("default")]] klp {

// A thread that holds something up, and where it is.
struct BlockingTask {
	pid_t tid;
	pid_t tgid;
	std::string comm;
	bool kernel_thread;
	char state; // as in /proc/PID/stat: R running or ready, S and D sleeping, …
	// The function of the patch's concern on its stack; "" when its stack, which
	// the kernel may judge unreliable, shows none.
	std::string function;
	// The function that it sleeps in, "" where it runs or the kernel hides it.
	std::string waits_in;
};

}
