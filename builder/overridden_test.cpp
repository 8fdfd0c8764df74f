// SPDX-License-Identifier: LGPL-2.1-or-later
// Weak functions and variables on their way through the builder.
#include "selection.hpp"
#include "test_fix.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

const char *const stand_in = "int hook(int x) { return get(x) * 5; }";
const char *const told =
	"overridden hook: 'hook' is weak here, and m has another unit's; nothing runs or uses this one";

std::string weak_hook(const std::string &body, const std::string &rest = "")
{
	return "#define weak __attribute__((weak))\nint weak hook(int x) { " + body + " }" + rest;
}

// hook changes, and f where it is given more to do.
FixSource fix_of_hook(const std::string &more, const std::vector<std::string> &others)
{
	auto f = [](const std::string &value) {
		return "int f(int x) { return hook(x) + 1" + value + "; }";
	};
	return {.before = weak_hook("return get(x);", f("")),
		.after = weak_hook("return get(x) + 300;", f(more)),
		.others = others};
}

}

TEST(overridden, a_function_that_nothing_runs_is_left_out)
{
	Fix fix(fix_of_hook("", {stand_in}));
	EXPECT_EQ(fix.proof.mismatches.size(), 0u);
	EXPECT_EQ(fix.refusals(), told);
	EXPECT_FALSE(fix.refused());
	EXPECT_EQ(fix.replaced(), "");
}

TEST(overridden, the_rest_of_the_fix_is_built_and_calls_the_one_that_runs)
{
	Fix fix(fix_of_hook(" + get(7)", {stand_in}));
	EXPECT_EQ(fix.refusals(), told);
	EXPECT_EQ(fix.replaced(), "f,1");
	EXPECT_EQ(fix.included(), "f");
	EXPECT_EQ(fix.placed("f", "'hook'"), "m:hook,1");
}

TEST(overridden, one_that_is_not_is_replaced)
{
	Fix fix(fix_of_hook(" + get(7)", {}));
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.replaced(), "hook,1 f,1");
	EXPECT_EQ(fix.placed("f", "'hook'"), "included");
}

TEST(overridden, one_without_a_neighbour_has_no_place)
{
	FixSource source = {.before = weak_hook("return get(x);"),
			    .after = weak_hook("return get(x) + 300;"),
			    .others = {stand_in}};
	Fix fix(source);
	EXPECT_EQ(fix.proof.mismatches.size(), 0u);
	EXPECT_EQ(fix.refusals(), told);
	// The function is compared if it is the linked one.
	source.others = {};
	EXPECT_EQ(Fix(source).replaced(), "hook,1");
}

TEST(overridden, one_that_could_not_be_replaced_needs_not_be)
{
	for (const char *attributes : {"notrace", "in(\".init.text\")"}) {
		auto with = [&](std::string text) {
			return text.insert(text.find("hook"), std::string(attributes) + " ");
		};
		FixSource source = fix_of_hook("", {stand_in});
		source.before = with(source.before);
		source.after = with(source.after);
		EXPECT_EQ(Fix(source).refusals(), told) << attributes;
	}
}

TEST(overridden, a_variable_that_nothing_uses_may_have_another_value)
{
	auto unit = [](const char *value) {
		return std::string("int __attribute__((weak)) limit = ") + value +
		       "; int f(int x) { return get(limit); }";
	};
	FixSource source = {.before = unit("1"), .after = unit("2"), .others = {"int limit = 9;"}};
	EXPECT_EQ(Fix(source).refusals(),
		  "overridden limit: 'limit' is weak here, and m has another unit's; nothing runs "
		  "or uses this one");
	source.others = {};
	EXPECT_EQ(Fix(source).refusals(), "data-changed limit: 'limit' has another initial value");
}

TEST(overridden, what_has_another_name_runs_under_that)
{
	auto unit = [](const char *value, const char *call) {
		return std::string("static noinline int g(int x) { return get(x) + ") + value +
		       "; } int hook(int) __attribute__((weak, alias(\"g\")));"
		       "int f(int x) { return g(x) + 1; } int h(int x) { return " +
		       call + "; }";
	};
	FixSource source = {.before = unit("3", "hook(x)"),
			    .after = unit("300", "hook(x)"),
			    .others = {stand_in}};
	Fix fix(source);
	EXPECT_EQ(fix.refusals(), "");
	EXPECT_EQ(fix.replaced(), "g,1");
	source.after = unit("3", "hook(x) + get(4)");
	EXPECT_NE(Fix(source).refusals().find("address-unknown h: 'h' refers to 'hook', of whose "
					      "names one is weak and another unit's in m"),
		  std::string::npos);
	// An alias that is the unit's own is no riddle.
	source.others = {};
	Fix own(source);
	EXPECT_EQ(own.refusals(), "");
	EXPECT_EQ(own.replaced(), "h,1");
}
