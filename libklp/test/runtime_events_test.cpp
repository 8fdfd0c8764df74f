// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../kmod/uapi/klp_runtime.h"
#include "../runtime_events.hpp"

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

namespace klp::test {
namespace {

klprt_event event(klprt_event_kind kind, klprt_state state, const char *patch)
{
	klprt_event event{};
	event.size = sizeof(event);
	event.kind = kind;
	event.time_ns = 5'000'000'001;
	event.duration_ns = 2'000'000;
	event.pass = 3;
	event.state = state;
	strncpy(event.patch, patch, sizeof(event.patch));
	return event;
}

std::string bytes_of(const klprt_event &event, size_t padding = 0)
{
	klprt_event longer = event;
	longer.size += padding;
	return std::string(reinterpret_cast<char *>(&longer), sizeof(longer)) +
	       std::string(padding, 'x');
}

Result<DecodedRuntimeEvents> decode(const std::string &bytes)
{
	return decode_runtime_events(std::as_bytes(std::span(bytes)));
}

TEST(runtime_events, events_are_decoded_in_order)
{
	auto decoded = decode(bytes_of(event(KLPRT_START, KLPRT_PATCHING, "fix")) +
			      bytes_of(event(KLPRT_COMPLETE, KLPRT_UNPATCHED, "fix")));
	ASSERT_TRUE(decoded) << decoded.error().message;
	const std::vector<TransitionEvent> &events = decoded->events;
	ASSERT_EQ(events.size(), 2u);
	EXPECT_EQ(events[0].kind, TransitionEvent::Kind::start);
	EXPECT_EQ(events[0].patching, true);
	EXPECT_EQ(events[0].took, std::nullopt);
	EXPECT_EQ(events[0].patch, "fix");
	EXPECT_EQ(events[0].pass, 3u);
	EXPECT_EQ(events[0].time.time_since_epoch().count(), 5'000'000'001);
	EXPECT_EQ(events[1].kind, TransitionEvent::Kind::complete);
	EXPECT_EQ(events[1].patching, false);
	EXPECT_EQ(events[1].took->count(), 2);
}

TEST(runtime_events, longer_events_and_unknown_kinds_are_passed_over_and_lost_ones_counted)
{
	auto decoded = decode(bytes_of(event(KLPRT_PASS, KLPRT_PATCHING, "fix"), 24) +
			      bytes_of(event(klprt_event_kind(99), KLPRT_PATCHING, "fix")) +
			      bytes_of(event(KLPRT_LOST, KLPRT_IDLE, "")));
	ASSERT_TRUE(decoded) << decoded.error().message;
	ASSERT_EQ(decoded->events.size(), 1u);
	EXPECT_EQ(decoded->events[0].kind, TransitionEvent::Kind::pass);
	EXPECT_EQ(decoded->lost, 3u);
}

TEST(runtime_events, a_name_that_fills_its_field_ends_with_it)
{
	std::string name(KLPRT_NAME_SIZE, 'n');
	auto decoded = decode(bytes_of(event(KLPRT_START, KLPRT_PATCHING, name.c_str())));
	ASSERT_TRUE(decoded) << decoded.error().message;
	EXPECT_EQ(decoded->events.at(0).patch, name);
}

TEST(runtime_events, half_an_event_is_EPROTO)
{
	std::string bytes = bytes_of(event(KLPRT_START, KLPRT_PATCHING, "fix"));
	auto decoded = decode(bytes + bytes.substr(0, 20));
	ASSERT_FALSE(decoded);
	EXPECT_EQ(decoded.error().code, EPROTO);
	EXPECT_EQ(decoded.error().message, "/dev/klp_runtime: event at 88 has 20 bytes of 88");
}

TEST(runtime_events, an_event_that_is_too_short_or_too_long_is_EPROTO)
{
	klprt_event raw = event(KLPRT_START, KLPRT_PATCHING, "fix");
	for (unsigned size : {0u, 87u, 89u, 0xffffffffu}) {
		raw.size = size;
		auto decoded = decode(bytes_of(raw));
		ASSERT_FALSE(decoded) << size;
		EXPECT_EQ(decoded.error().code, EPROTO);
		EXPECT_EQ(decoded.error().message,
			  "/dev/klp_runtime: event at 0 says that it has " + std::to_string(size) +
				  " bytes, not 88 to 88");
	}
}

}
}
