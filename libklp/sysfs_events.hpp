// SPDX-License-Identifier: LGPL-2.1-or-later
// Transitions, as two looks at sysfs tell of them: one that begins and ends between the two
// is not seen. There is no sysfs_notify on transition (kernel/livepatch of 6.1, 6.12, 7.3).
#pragma once

#include "event_reader.hpp"

#include <klp/kernel.hpp>
#include <map>

namespace klp {

// The differences between one look and the next.
class SeenTransitions {
public:
	std::vector<TransitionEvent> take(const std::vector<LoadedPatch> &patches);

private:
	std::map<std::string, bool> going_on_; // whether on its way in
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
