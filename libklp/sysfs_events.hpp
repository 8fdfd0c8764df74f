// SPDX-License-Identifier: LGPL-2.1-or-later
// Transitions, as two readings of sysfs show them: a transition that begins and ends between the
// readings is not seen. There is no sysfs_notify on transition (kernel/livepatch of 6.1, 6.12,
// 7.3).
#pragma once

#include "event_reader.hpp"

#include <klp/kernel.hpp>
#include <map>

namespace klp {

// The differences between one reading and the next.
class SeenTransitions {
public:
	std::vector<TransitionEvent> take(const std::vector<LoadedPatch> &patches);

private:
	std::map<std::string, bool> going_on_; // true: patching
};

class SysfsEvents final : public EventReader {
public:
	// A transition that is on already does not begin again.
	explicit SysfsEvents(Kernel &kernel);

	int fd() const override { return -1; }
	Result<std::vector<TransitionEvent>> read() override;

private:
	Kernel &kernel_;
	SeenTransitions transitions_;
};

}
