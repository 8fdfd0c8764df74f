// SPDX-License-Identifier: LGPL-2.1-or-later
// A source that tells of transitions: klp_runtime, BPF, the kernel log or sysfs.
#pragma once

#include <klp/error.hpp>
#include <klp/transition_event.hpp>
#include <vector>

namespace klp {

class EventReader {
public:
	virtual ~EventReader() = default;

	// Readable (POLLIN) when there is something new; -1 for a source that gives no sign
	// and has to be asked.
	virtual int fd() const = 0;
	// The events since it was opened or last read, in their order. Never blocks.
	virtual Result<std::vector<TransitionEvent>> read() = 0;
	// How many events there was no room for, so far.
	virtual uint64_t lost() const { return 0; }
	// Functions of this kernel that could not be probed, so that some kinds of events
	// are missing.
	virtual std::vector<std::string> missing() const { return {}; }
};

}
