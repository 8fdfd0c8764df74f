// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../json.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp::tuf;
using namespace klp::tuf::test;
using nlohmann::json;

TEST(tuf_json, what_has_two_readings_is_refused)
{
	const std::pair<std::string, std::string> texts[] = {
		{R"({"a": 1, "a": 1})", "the name 'a' stands twice in one object"},
		{R"([{"b": {"a": 1, "\u0061": 1}}])", "the name 'a' stands twice in one object"},
		{"1.0", "the number '1.0' is no whole number of 64 bits"},
		{"[1e3]", "the number '1e3' is no whole number of 64 bits"},
		{"18446744073709551616",
		 "the number '18446744073709551616' is no whole number of 64 bits"},
		{"-9223372036854775809",
		 "the number '-9223372036854775809' is no whole number of 64 bits"},
		{"\xef\xbb\xbf{}", "begins with a byte order mark"},
		{"\"\xc0\xaf\"", "no JSON at byte 2"},
		{"\"\\ud800\"", "no JSON at byte 8"},
		{"{} {}", "no JSON at byte 4"},
		{"", "no JSON at byte 1"},
		{"{\"a\": 01}", "no JSON at byte 8"},
		{"\"\n\"", "no JSON at byte 2"},
		{"// x\n{}", "no JSON at byte 1"},
		{std::string("{}\0{}", 5), "has a NUL"},
	};
	for (const auto &[text, refusal] : texts)
		EXPECT_EQ(said(read_json("f", text)), "malformed: f: " + refusal) << text;
}

TEST(tuf_json, a_depth_bomb_is_refused_at_the_limit)
{
	auto nested = [](size_t depth) {
		return std::string(depth, '[') + std::string(depth, ']');
	};
	EXPECT_EQ(said(read_json("f", nested(32))), "no fault");
	EXPECT_EQ(said(read_json("f", nested(33))),
		  "malformed: f: more than 32 objects and arrays within each other");
	EXPECT_EQ(said(read_json("f", std::string(2'000'000, '['))),
		  "malformed: f: more than 32 objects and arrays within each other");
	std::string objects;
	for (int i = 0; i < 33; i++)
		objects += "{\"a\":";
	EXPECT_EQ(said(read_json("f", objects)),
		  "malformed: f: more than 32 objects and arrays within each other");
}

TEST(tuf_json, a_value_is_read_as_it_stands)
{
	json value = *read_json("f", R"( {"a": [1, -2, {"b": null}, []], "c": true, "d": {}} )");
	EXPECT_EQ(value, json::parse(R"({"a":[1,-2,{"b":null},[]],"c":true,"d":{}})"));
	EXPECT_EQ(*read_json("f", "18446744073709551615"), 18446744073709551615u);
}

TEST(tuf_json, canonical_text_is_sorted_and_raw)
{
	// Names by code point: U+FF5E is before U+1F600, though UTF-16 has it behind.
	json value = *read_json("f", "{\"\xf0\x9f\x98\x80\": 1, \"\xef\xbd\x9e\": 2, \"b\": "
				     "[ -3, true, null ],\"B\":\"\\n\\t\\\"\\\\\\/\\u00e9\"}");
	EXPECT_EQ(canonical_json(value), "{\"B\":\"\n\t\\\"\\\\/\xc3\xa9\",\"b\":[-3,true,null],"
					 "\"\xef\xbd\x9e\":2,\"\xf0\x9f\x98\x80\":1}");
	EXPECT_EQ(canonical_json(json::object()), "{}");
	EXPECT_EQ(canonical_json(json::array()), "[]");
}
