// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../kmod/uapi/klp_runtime.h"
#include "runtime.hpp"
#include "test_root.hpp"

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
	event.round = 3;
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

Result<std::vector<RuntimeEvent>> decode(const std::string &bytes)
{
	return decode_runtime_events(std::as_bytes(std::span(bytes)));
}

TEST(runtime, events_are_decoded_in_order)
{
	auto events = decode(bytes_of(event(KLPRT_START, KLPRT_PATCHING, "fix")) +
			     bytes_of(event(KLPRT_COMPLETE, KLPRT_UNPATCHED, "fix")));
	ASSERT_TRUE(events) << events.error().message;
	ASSERT_EQ(events->size(), 2u);
	EXPECT_EQ((*events)[0].kind, RuntimeEvent::Kind::start);
	EXPECT_FALSE((*events)[0].unpatching);
	EXPECT_EQ((*events)[0].patch, "fix");
	EXPECT_EQ((*events)[0].round, 3u);
	EXPECT_EQ((*events)[0].time.time_since_epoch().count(), 5'000'000'001);
	EXPECT_EQ((*events)[1].kind, RuntimeEvent::Kind::complete);
	EXPECT_TRUE((*events)[1].unpatching);
	EXPECT_EQ((*events)[1].duration.count(), 2'000'000);
}

TEST(runtime, longer_events_and_unknown_kinds_are_passed_over)
{
	auto events = decode(bytes_of(event(KLPRT_PASS, KLPRT_PATCHING, "fix"), 24) +
			     bytes_of(event(klprt_event_kind(99), KLPRT_PATCHING, "fix")) +
			     bytes_of(event(KLPRT_LOST, KLPRT_IDLE, "")));
	ASSERT_TRUE(events) << events.error().message;
	ASSERT_EQ(events->size(), 2u);
	EXPECT_EQ((*events)[0].kind, RuntimeEvent::Kind::pass);
	EXPECT_EQ((*events)[1].kind, RuntimeEvent::Kind::lost);
}

TEST(runtime, a_name_that_fills_its_field_ends_with_it)
{
	std::string name(KLPRT_NAME_SIZE, 'n');
	auto events = decode(bytes_of(event(KLPRT_START, KLPRT_PATCHING, name.c_str())));
	ASSERT_TRUE(events) << events.error().message;
	EXPECT_EQ(events->at(0).patch, name);
}

TEST(runtime, half_an_event_is_EPROTO)
{
	std::string bytes = bytes_of(event(KLPRT_START, KLPRT_PATCHING, "fix"));
	auto events = decode(bytes + bytes.substr(0, 20));
	ASSERT_FALSE(events);
	EXPECT_EQ(events.error().code, EPROTO);
	EXPECT_EQ(events.error().message, "/dev/klp_runtime: event at 88 has 20 bytes of 88");
}

TEST(runtime, an_event_that_is_too_short_or_too_long_is_EPROTO)
{
	klprt_event raw = event(KLPRT_START, KLPRT_PATCHING, "fix");
	for (unsigned size : {0u, 87u, 89u, 0xffffffffu}) {
		raw.size = size;
		auto events = decode(bytes_of(raw));
		ASSERT_FALSE(events) << size;
		EXPECT_EQ(events.error().code, EPROTO);
		EXPECT_EQ(events.error().message, "/dev/klp_runtime: event at 0 says that it has " +
							  std::to_string(size) +
							  " bytes, not 88 to 88");
	}
}

TEST(runtime, without_the_module_it_is_ENOENT)
{
	Root root;
	for (const Result<Runtime> &runtime :
	     {Runtime::open(root.path()), Runtime::open_or_load(root.path())}) {
		ASSERT_FALSE(runtime);
		EXPECT_EQ(runtime.error().code, ENOENT);
	}
}

TEST(runtime, another_file_of_that_name_is_EPROTO)
{
	Root root;
	root.write("/dev/klp_runtime", "");
	auto runtime = Runtime::open(root.path());
	ASSERT_FALSE(runtime);
	EXPECT_EQ(runtime.error().code, EPROTO);
	EXPECT_EQ(runtime.error().message, "'" + root.path() +
						   "/dev/klp_runtime' is not klp's: "
						   "Inappropriate ioctl for device");
}

}
}
