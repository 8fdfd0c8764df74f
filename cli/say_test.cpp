// SPDX-License-Identifier: LGPL-2.1-or-later
#include "print.hpp"
#include "say.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

namespace {

// A stream that records its output.
class Said {
public:
	Said() : stream_(open_memstream(&text_, &size_)) {}
	~Said()
	{
		fclose(stream_);
		free(text_);
	}
	FILE *stream() const { return stream_; }
	std::string text() const
	{
		fflush(stream_);
		return {text_, size_};
	}

private:
	char *text_ = nullptr;
	size_t size_ = 0;
	FILE *stream_;
};

}

TEST(say, a_name_forges_no_line_and_orders_nothing)
{
	Said said;
	say(said.stream(), "held up by %s (%d)\n", "x\nok: applied\x1b[2J\xc2\x9b\x9b", 7);
	EXPECT_EQ(said.text(), "held up by x?ok: applied?[2J?? (7)\n");
}

TEST(say, its_own_format_is_left_alone)
{
	Said said;
	say(said.stream(), "\r\033[K100%% done\n");
	EXPECT_EQ(said.text(), "\r\033[K100% done\n");
}

TEST(say, it_converts_as_printf_does)
{
	Said said;
	long one = 1;
	unsigned long long big = 1ull << 40;
	say(said.stream(), "%-4s|%4s|%.2s|%.*s|%c%c|%d|%5u|%lu|%ld|%zu|%llu|%#llx|%02x|%.1f|%g\n",
	    "ab", "cd", "efg", 1, "hi", 'j', '\n', -3, 4u, 5ul, -one, size_t{6}, big, big, 10u,
	    1.25, 0.5);
	EXPECT_EQ(said.text(), "ab  |  cd|ef|h|j?|-3|    4|5|-1|6|1099511627776|0x10000000000|0a|"
			       "1.2|0.5\n");
}

TEST(say, json_has_none_but_ascii_and_loses_nothing_that_is_utf8)
{
	testing::internal::CaptureStdout();
	print({{"comm", "x\n\x1b\x7f\xc2\x9b\xe2\x80\xae"}, {"invalid", "a\x9b\xff"}});
	std::string text = testing::internal::GetCapturedStdout();
	EXPECT_EQ(
		text,
		"{\"comm\":\"x\\n\\u001b\\u007f\\u009b\\u202e\",\"invalid\":\"a\\ufffd\\ufffd\"}\n");
	EXPECT_EQ(nlohmann::json::parse(text)["comm"], "x\n\x1b\x7f\xc2\x9b\xe2\x80\xae");
}

TEST(say, lines_of_a_message_stay_and_none_begins_like_one_of_klps_own)
{
	Said said;
	say_lines(said.stream(), "it failed:\nok: applied\x1b[2J\n\tlast");
	EXPECT_EQ(said.text(), "it failed:\n  ok: applied?[2J\n  ?last\n");
}
