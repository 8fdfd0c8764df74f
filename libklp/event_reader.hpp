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

	// Readable (POLLIN) when there is a new event; -1 for a source that gives no sign, which
	// the caller must read from time to time.
	virtual int fd() const = 0;
	// The events since the reader was opened or last read, in their order. Never blocks.
	virtual Result<std::vector<TransitionEvent>> read() = 0;
	// The number of events lost for lack of room, so far.
	virtual uint64_t lost() const { return 0; }
	// Functions of this kernel that could not be probed; some kinds of events are therefore
	// missing.
	virtual std::vector<std::string> missing() const { return {}; }
};

}
