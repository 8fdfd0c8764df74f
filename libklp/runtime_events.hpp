// SPDX-License-Identifier: LGPL-2.1-or-later
// Transitions, as klp_runtime tells of them (klp_runtime(4), kmod/uapi/klp_runtime.h).
#pragma once

#include "event_reader.hpp"
#include "runtime.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace klp {

struct DecodedRuntimeEvents {
	std::vector<TransitionEvent> events;
	uint64_t lost = 0; // that the device had no room for
};

// Decodes bytes of the device; events of unknown kinds are left out. EPROTO, with the place,
// for bytes that are no sequence of events.
Result<DecodedRuntimeEvents> decode_runtime_events(std::span<const std::byte> bytes);

class RuntimeEvents final : public EventReader {
public:
	// As Runtime::open(): where the module is not loaded, it stays so.
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
