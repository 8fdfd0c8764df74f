// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime_events.hpp"
#include "../kmod/uapi/klp_runtime.h"
#include "kernel_root.hpp"
#include "try.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <unistd.h>

namespace klp {

using Kind = TransitionEvent::Kind;

// The size of a record of version 1: a record may be longer, and is never shorter.
static constexpr size_t record_size = sizeof(klprt_event);

static std::optional<Kind> kind_of(unsigned kind)
{
	switch (kind) {
	case KLPRT_START:
		return Kind::start;
	case KLPRT_PASS:
		return Kind::pass;
	case KLPRT_COMPLETE:
		return Kind::complete;
	case KLPRT_REVERSE:
		return Kind::reverse;
	case KLPRT_FORCE:
		return Kind::force;
	}
	return std::nullopt;
}

static TransitionEvent event_of(Kind kind, const klprt_event &record)
{
	TransitionEvent event;
	event.kind = kind;
	event.time =
		std::chrono::steady_clock::time_point(std::chrono::nanoseconds(record.time_ns));
	event.patch = std::string(record.patch, strnlen(record.patch, sizeof(record.patch)));
	if (record.state != KLPRT_IDLE)
		event.patching = record.state == KLPRT_PATCHING || record.state == KLPRT_PATCHED;
	event.pass = record.pass;
	if (kind == Kind::complete)
		event.took = std::chrono::nanoseconds(record.duration_ns);
	return event;
}

Result<DecodedRuntimeEvents> decode_runtime_events(std::span<const std::byte> bytes)
{
	DecodedRuntimeEvents decoded;
	for (size_t at = 0; at < bytes.size();) {
		klprt_event record;
		size_t left = bytes.size() - at;
		if (left < record_size)
			return fail(EPROTO, KLPRT_DEVICE ": event at %zu has %zu bytes of %zu", at,
				    left, record_size);
		memcpy(&record, &bytes[at], record_size);
		if (record.size < record_size || record.size > left)
			return fail(EPROTO,
				    KLPRT_DEVICE ": event at %zu says that it has %u bytes, "
						 "not %zu to %zu",
				    at, record.size, record_size, left);
		at += record.size;
		if (record.kind == KLPRT_LOST)
			decoded.lost += record.pass;
		std::optional<Kind> kind = kind_of(record.kind);
		if (kind)
			decoded.events.push_back(event_of(*kind, record));
	}
	return decoded;
}

Result<std::unique_ptr<EventReader>> RuntimeEvents::open(Kernel &kernel)
{
	Runtime device = TRY(Runtime::open(root_of(kernel)));
	return std::unique_ptr<EventReader>(new RuntimeEvents(std::move(device)));
}

Result<std::vector<TransitionEvent>> RuntimeEvents::read()
{
	std::vector<TransitionEvent> events;
	for (;;) {
		std::array<std::byte, 32 * record_size> buffer;
		ssize_t got = ::read(device_.fd(), buffer.data(), buffer.size());
		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0 || (got < 0 && errno == EAGAIN))
			return events;
		if (got < 0)
			return fail(errno, "cannot read '" KLPRT_DEVICE "': %s", strerror(errno));
		DecodedRuntimeEvents more =
			TRY(decode_runtime_events(std::span(buffer).first(got)));
		events.insert(events.end(), std::make_move_iterator(more.events.begin()),
			      std::make_move_iterator(more.events.end()));
		lost_ += more.lost;
	}
}

}
