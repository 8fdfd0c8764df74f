// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_said.hpp"
#include "test_objects.hpp"
#include "types.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// "struct s 'b' is gone", a line each.
std::string changes(const std::string &before, const std::string &after)
{
	Root root;
	root.write("/before.o", compiled_file(before, "-g"));
	root.write("/after.o", compiled_file(after, "-g"));
	Result<std::vector<LayoutChange>> found =
		compare_layouts(root.path() + "/before.o", root.path() + "/after.o");
	if (!found)
		return said(found, root.path());
	std::string text;
	for (const LayoutChange &change : *found) {
		text += (text.empty() ? "" : "\n") + change.type + " " + change.what;
		for (const std::string &enumerator : change.enumerators)
			text += "; " + enumerator;
	}
	return text;
}

// The changes of a structure with these fields.
std::string of(const std::string &before, const std::string &after, const char *word = "struct")
{
	auto source = [&](const std::string &fields) {
		return std::string(word) + " s {" + fields + "} value;";
	};
	return changes(source(before), source(after));
}

}

TEST(types, that_are_laid_out_alike_are_no_change)
{
	EXPECT_EQ(of("int a; long b;", "int a; long b;"), "");
	EXPECT_EQ(of("int a;", "unsigned a;"), ""); // as many bytes in the same place
	EXPECT_EQ(changes("struct s { int a; } x;", "struct t { int a; } x;"), "");
}

TEST(types, a_field_may_come_go_move_and_grow)
{
	EXPECT_EQ(of("int a; int b;", "int a;"), "struct s 'b' is gone");
	EXPECT_EQ(of("int a;", "int a; int b;"), "struct s 'b' is new, at byte 4");
	EXPECT_EQ(of("char a; int b;", "char a; char hole; int b;"),
		  "struct s 'hole' is new, at byte 1");
	EXPECT_EQ(of("int a; int b;", "int b; int a;"), "struct s 'a' is at byte 4 instead of 0");
	EXPECT_EQ(of("int a;", "long a;"), "struct s 'a' has another size");
	EXPECT_EQ(of("int a : 3;", "int a : 4;"), "struct s 'a' has another size");
	EXPECT_EQ(of("int a[2];", "int a[3];"), "struct s 'a' has another size");
}

TEST(types, the_whole_may_grow)
{
	EXPECT_EQ(changes("struct s { int a; } value;",
			  "struct s { int a; } __attribute__((aligned(16))) value;"),
		  "struct s it has 16 bytes instead of 4");
}

TEST(types, fields_of_what_has_no_name_are_the_outer_ones)
{
	EXPECT_EQ(of("int a; union { int b; long c; };", "int a; union { long c; int b; };"), "");
	EXPECT_EQ(of("int a; struct { int b; };", "struct { int b; }; int a;"),
		  "struct s 'a' is at byte 4 instead of 0");
}

TEST(types, unions_and_enumerations_are_types_too)
{
	EXPECT_EQ(of("int a;", "int a; int b;", "union"), "union s 'b' is new, at byte 0");
	EXPECT_EQ(changes("enum e { A, B } value;", "enum e { B, A } value;"),
		  "enum e 'A' is 1 instead of 0; A; B");
	EXPECT_EQ(changes("enum e { A } value;", "enum e { A, B } value;"), "");
}

TEST(types, each_type_that_is_concerned_is_told)
{
	EXPECT_EQ(changes("struct in { int a; }; struct out { struct in in; int b; } value;",
			  "struct in { long a; }; struct out { struct in in; int b; } value;"),
		  "struct in 'a' has another size\nstruct out 'b' is at byte 8 instead of 4");
}

TEST(types, what_cannot_be_read_is_told)
{
	const std::string text = said(compare_layouts("none.o", "none.o"));
	EXPECT_EQ(text.find("EIO: cannot read the types of 'none.o':\n"), 0u) << text;
}
