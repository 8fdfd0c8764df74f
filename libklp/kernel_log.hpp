// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <chrono>
#include <klp/error.hpp>
#include <vector>

namespace klp {

struct LogMessage {
	std::chrono::microseconds time; // since boot, on the kernel log's own clock
	std::string text; // without its prefix
};

// The kernel's log from the moment when it was opened. /dev/kmsg is pollable, and livepatch writes
// there when a transition ends; without BPF there is no other event for this. Reading needs
// CAP_SYSLOG where kernel.dmesg_restrict is set.
class KernelLog {
public:
	static Result<KernelLog> follow(const std::string &root);

	// Readable (POLLIN) when there is something new.
	int fd() const { return fd_.get(); }

	// The messages since the last call. Never blocks. Where the ring buffer overran the
	// reader, the messages that are still there.
	std::vector<LogMessage> read_new();

private:
	UniqueFd fd_;
};

}
