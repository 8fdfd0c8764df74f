// SPDX-License-Identifier: LGPL-2.1-or-later
// Transitions, as klp_runtime reports them (klp_runtime(4), kmod/uapi/klp_runtime.h).
#pragma once

#include "event_reader.hpp"
#include "runtime.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace klp {

struct DecodedRuntimeEvents {
	std::vector<TransitionEvent> events;
	uint64_t lost = 0; // events for which the device had no room
};

// Decodes bytes of the device, and leaves out events of unknown kinds. EPROTO, with the place, for
// bytes that are no sequence of events.
Result<DecodedRuntimeEvents> decode_runtime_events(std::span<const std::byte> bytes);

class RuntimeEvents final : public EventReader {
public:
	// The errors of Runtime::open(). This function does not load the module.
	static Result<std::unique_ptr<EventReader>> open(Kernel &kernel);

	int fd() const override { return device_.fd(); }
	Result<std::vector<TransitionEvent>> read() override;
	uint64_t lost() const override { return lost_; }

private:
	explicit RuntimeEvents(Runtime device) : device_(std::move(device)) {}
	Runtime device_;
	uint64_t lost_ = 0;
};

}
