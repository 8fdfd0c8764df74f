// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

// SIGINT, SIGTERM and SIGHUP as something to read from, for as long as the program
// lasts: they end a wait in an orderly way and nothing else. -1 where the kernel
// gives no signalfd.
int interrupt_fd();
