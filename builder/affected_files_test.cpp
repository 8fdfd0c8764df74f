// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_root.hpp"
#include "../libklp/test/test_said.hpp"
#include "affected_files.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// The units of a tree that a change of a.h affects; part.c is no unit, whole.c includes it.
std::string units(const std::string &before, const std::string &after)
{
	Root root;
	root.write("/a.h", before);
	root.write("/b.h", "#include \"a.h\"\n#define TWICE(x) (f(x) + f(x))\n"
			   "static inline int unused(void) { return 0; }\n");
	root.write("/direct.c", "#include \"a.h\"\nint x(void) { return f(1); }\n");
	root.write("/by_macro.c", "#include \"b.h\"\nint x(void) { return TWICE(1); }\n");
	root.write("/no_use.c", "#include \"b.h\"\nint x(void) { return unused(); }\n");
	root.write("/part.c", "#include \"a.h\"\nint y(struct s *s) { return s->member; }\n");
	root.write("/whole.c", "#include \"part.c\"\n");
	root.write("/pointer.c", "#include \"a.h\"\nint z(struct s *s) { return !s; }\n");
	Includers includers = Includers::parse("a.c:#include \"none.h\"\nb.h:#include \"a.h\"\n"
					       "direct.c:#include \"a.h\"\n"
					       "by_macro.c:#include \"b.h\"\n"
					       "no_use.c:#include \"b.h\"\n"
					       "part.c:#include \"a.h\"\n"
					       "whole.c:#include \"part.c\"\n"
					       "pointer.c:#include \"a.h\"\n",
					       "");
	auto is_unit = [](const std::string &file) {
		return file.ends_with(".c") && file != "part.c";
	};
	Result<std::set<std::string>> files =
		affected_files(includers, root.path(), {"a.h", before, after}, is_unit);
	if (!files)
		return said(files);
	std::string text;
	for (const std::string &file : *files)
		text += is_unit(file) ? file + " " : "";
	return text;
}

}

TEST(affected_files, is_who_names_what_changed_or_what_is_made_of_it)
{
	std::string text = "static inline int f(int x) { return x; }\n";
	EXPECT_EQ(units(text, "static inline int f(int x) { return 2 * x; }\n"),
		  "by_macro.c direct.c ");
	EXPECT_EQ(units(text, text + "int fresh(void);\n"), "");
}

TEST(affected_files, is_the_unit_that_includes_a_source)
{
	EXPECT_EQ(units("struct s { int member; };", "struct s { unsigned int member; };"),
		  "whole.c ");
}

// The unit shows the new layout.
TEST(affected_files, is_somebody_who_names_a_struct_whose_members_change)
{
	EXPECT_EQ(units("struct s { int member; };", "struct s { int member; int more; };"),
		  "pointer.c whole.c ");
}

TEST(affected_files, are_all_where_it_cannot_be_told)
{
	EXPECT_EQ(units("int f(int);\n", "#include <linux/types.h>\nint f(int);\n"),
		  "by_macro.c direct.c no_use.c pointer.c whole.c ");
}
