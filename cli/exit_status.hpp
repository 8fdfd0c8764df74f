// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

// Every program of klp exits with one of these; klp(8) and klp-build(1) explain them.
enum ExitStatus {
	exit_done = 0,
	exit_failed = 1, // refused or failed, the machine unchanged
	exit_usage = 2,
	exit_changed = 3, // neither "applied and verified" nor the former state; not active
	exit_undecided = 4, // something could not be seen
	exit_nothing_to_patch = 5, // klp-build: there is no module, and none is needed
};
