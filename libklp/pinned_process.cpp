// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pinned_process.hpp"
#include "fail.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace klp {

// Sets the limit before the body can set the class; the process cannot get around the limit.
[[noreturn]] static void run(pid_t parent, int cpu, rlim_t longest_hold_us,
			     PinnedProcess::Body body, void *argument)
{
	rlimit hold = {longest_hold_us, longest_hold_us};
	cpu_set_t only;
	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	// The parent may have died before prctl(): the process then has another parent already.
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
	    setrlimit(RLIMIT_RTTIME, &hold) == 0 &&
	    sched_setaffinity(0, sizeof(only), &only) == 0) {
		// This closes the descriptor of /run/klp/lock too.
		syscall(SYS_close_range, 0U, ~0U, 0U);
		body(argument);
	}
	_exit(0);
}

Result<PinnedProcess> PinnedProcess::start(int cpu, std::chrono::milliseconds longest_hold,
					   Body body, void *argument)
{
	if (cpu >= CPU_SETSIZE)
		return fail(EINVAL, "CPU %d is beyond the %d that a set of CPUs has", cpu,
			    CPU_SETSIZE);
	int pidfd = -1;
	pid_t parent = getpid();
	// The host program's signal handlers must not run in the process.
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	// The process sends no signal at its end. This needs a raw clone(): fork() sets SIGCHLD.
	long pid = syscall(SYS_clone, CLONE_PIDFD, nullptr, &pidfd, nullptr, 0UL);
	if (pid == 0)
		run(parent, cpu, std::chrono::microseconds(longest_hold).count(), body, argument);
	int code = errno;
	pthread_sigmask(SIG_SETMASK, &before, nullptr);
	if (pid < 0)
		return fail(code, "cannot make a process on CPU %d: %s", cpu, strerror(code));
	PinnedProcess process;
	process.pidfd_ = UniqueFd(pidfd);
	return process;
}

void PinnedProcess::end()
{
	if (!pidfd_)
		return;
	syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0U);
	siginfo_t info;
	while (waitid(P_PIDFD, pidfd_.get(), &info, WEXITED | __WALL) < 0 && errno == EINTR)
		;
	pidfd_ = UniqueFd();
}

}
