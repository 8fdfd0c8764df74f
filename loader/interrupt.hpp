// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

// A descriptor that receives SIGINT, SIGTERM and SIGHUP as long as the program lives: these
// signals end a wait in an orderly way and do nothing else. -1 where the kernel gives no signalfd.
int interrupt_fd();
