// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../announced.hpp"
#include "test_patch.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// A file that announces f and g,2 of vmlinux and h of ext4; a kernel that has these.
std::string difference(const std::vector<LoadedPatch::Object> &objects, bool is_static = true)
{
	Patch patch;
	patch.objects = {{"", {{"f"}, {"g", 2}}}, {"ext4", {{"h"}}}};
	patch.is_static = is_static;
	LoadedPatch loaded = {};
	loaded.objects = objects;
	return difference_from_announced(patch.parse().value(), loaded);
}

}

TEST(announced, the_same_functions_are_no_difference)
{
	EXPECT_EQ(
		difference({{"ext4", false, {{"h", 1}}}, {"vmlinux", true, {{"g", 2}, {"f", 1}}}}),
		"");
}

TEST(announced, what_is_missing_and_what_is_new_is_named)
{
	EXPECT_EQ(
		difference({{"vmlinux", true, {{"f", 1}, {"g", 1}}}, {"ext4", false, {{"h", 1}}}}),
		"the patch is not the one that its file announced: the kernel lacks "
		"'vmlinux:g,2', and has 'vmlinux:g,1'");
	EXPECT_EQ(difference({{"vmlinux", true, {{"f", 1}, {"g", 2}}}}),
		  "the patch is not the one that its file announced: the kernel lacks 'ext4' and "
		  "1 more");
	EXPECT_EQ(difference({{"vmlinux", true, {{"f", 1}, {"g", 2}, {"x", 1}}},
			      {"ext4", false, {{"h", 1}}}}),
		  "the patch is not the one that its file announced: the kernel has 'vmlinux:x,1'");
}

TEST(announced, a_file_that_told_nothing_is_not_compared)
{
	EXPECT_EQ(difference({}, false), "");
}
