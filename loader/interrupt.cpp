// SPDX-License-Identifier: LGPL-2.1-or-later
#include "interrupt.hpp"

#include <csignal>
#include <initializer_list>
#include <sys/signalfd.h>

int interrupt_fd()
{
	sigset_t signals;
	sigemptyset(&signals);
	for (int number : {SIGINT, SIGTERM, SIGHUP})
		sigaddset(&signals, number);
	if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0)
		return -1;
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}
