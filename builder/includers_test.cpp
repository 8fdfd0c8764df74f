// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_root.hpp"
#include "../libklp/test/test_said.hpp"
#include "includers.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

std::string reached(const Includers &includers, const std::vector<std::string> &headers)
{
	std::string text;
	for (const std::string &file : includers.of(headers))
		text += (text.empty() ? "" : " ") + file;
	return text;
}

}

TEST(includers, are_followed_however_far)
{
	Includers includers = Includers::parse("./fs/a.c:#include <linux/one.h>\n"
					       "./include/linux/one.h:# include <linux/two.h>\n"
					       "./fs/b.c:#include <linux/other.h>\n",
					       "");
	EXPECT_EQ(reached(includers, {"include/linux/two.h"}),
		  "fs/a.c include/linux/one.h include/linux/two.h");
	EXPECT_EQ(reached(includers, {"include/linux/none.h"}), "include/linux/none.h");
}

TEST(includers, may_go_in_a_circle)
{
	Includers includers = Includers::parse("./a.h:#include \"b.h\"\n./b.h:#include \"a.h\"\n"
					       "./c.c:#include \"a.h\"\n",
					       "");
	EXPECT_EQ(reached(includers, {"b.h"}), "a.h b.h c.c");
}

TEST(includers, mean_what_stands_beside_them_or_in_a_folder_that_is_searched)
{
	Includers includers = Includers::parse("./fs/x/a.c:#include \"own.h\"\n"
					       "./fs/y/b.c:#include \"../x/own.h\"\n"
					       "./fs/z/c.c:#include \"sub/own.h\"\n"
					       "./arch/x86/d.c:#include <asm/own.h>\n",
					       "");
	EXPECT_EQ(reached(includers, {"fs/x/own.h"}), "fs/x/a.c fs/x/own.h fs/y/b.c");
	// Too many are no harm: "own.h" may be searched for anywhere.
	EXPECT_EQ(reached(includers, {"arch/x86/include/asm/own.h"}),
		  "arch/x86/d.c arch/x86/include/asm/own.h fs/x/a.c fs/y/b.c");
}

TEST(includers, do_not_mean_another_than_the_one_that_is_there_beside_them)
{
	Root root;
	root.write("/fs/x/own.h", "");
	root.write("/fs/y/own.h", "");
	Includers includers = Includers::parse("fs/x/a.c:#include \"own.h\"\n"
					       "fs/y/b.c:#include \"own.h\"\n"
					       "fs/y/z/c.c:#include \"../own.h\"\n"
					       "fs/y/d.c:#include <own.h>\n"
					       "fs/z/e.c:#include \"own.h\"\n",
					       root.path());
	// fs/z has no own.h, and #include <own.h> does not search beside its file.
	EXPECT_EQ(reached(includers, {"fs/x/own.h"}), "fs/x/a.c fs/x/own.h fs/y/d.c fs/z/e.c");
	EXPECT_EQ(reached(includers, {"fs/y/own.h"}),
		  "fs/y/b.c fs/y/d.c fs/y/own.h fs/y/z/c.c fs/z/e.c");
}

TEST(includers, of_a_tree_are_read_once)
{
	Root root;
	root.write("/tree/fs/a.c", "#include <linux/one.h>\nint a; // #include <linux/no.h>\n");
	root.write("/tree/tools/t.c", "#include <linux/one.h>\n");
	root.write("/tree/fs/a.S", "#include <linux/one.h>\n");
	const std::string cache = root.path() + "/includes";
	Result<Includers> includers = Includers::read(root.path() + "/tree", cache);
	ASSERT_EQ(said(includers), "no error");
	EXPECT_EQ(reached(*includers, {"include/linux/one.h"}),
		  "fs/a.S fs/a.c include/linux/one.h");
	EXPECT_EQ(reached(*includers, {"include/linux/no.h"}), "include/linux/no.h");
	root.write("/tree/fs/b.c", "#include <linux/one.h>\n");
	EXPECT_EQ(reached(*Includers::read(root.path() + "/tree", cache), {"include/linux/one.h"}),
		  "fs/a.S fs/a.c include/linux/one.h");
}
