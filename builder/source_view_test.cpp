// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test_root.hpp"
#include "../libklp/test_said.hpp"
#include "source_view.hpp"

#include <gtest/gtest.h>
#include <iterator>

using namespace klp;
using namespace klp::test;

namespace {

namespace fs = std::filesystem;

std::string files(const std::string &patch)
{
	Result<std::vector<std::string>> found = files_of_patch(patch, "fix.patch");
	if (!found)
		return said(found);
	std::string text;
	for (const std::string &file : *found)
		text += (text.empty() ? "" : " ") + file;
	return text;
}

// A tree of a few files, a patch, and the view of both.
class Tree {
public:
	Tree()
	{
		root.write("/tree/Makefile", "all:\n");
		root.write("/tree/fs/a.c", "one\ntwo\nthree\n");
		root.write("/tree/fs/b.c", "#include \"b.h\"\n");
		root.write("/tree/fs/b.h", "b\n");
		root.write("/tree/mm/c.c", "c\n");
		root.write("/tree/include/linux/d.h", "d1\nd2\n");
	}
	Result<SourceView> view(const std::string &patch, const std::set<std::string> &users = {})
	{
		root.write("/fix.patch", patch);
		return SourceView::make(root.path() + "/tree", root.path() + "/view",
					{root.path() + "/fix.patch"}, users);
	}
	std::string text(const std::string &path) const
	{
		std::ifstream in(root.path() + path);
		return {std::istreambuf_iterator<char>(in), {}};
	}
	bool is_link(const std::string &path) const { return fs::is_symlink(root.path() + path); }

	Root root;
};

constexpr const char *adds_a_line = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,3 +1,4 @@\n"
				    " one\n+more\n two\n three\n";
constexpr const char *changes_a_header = "--- a/include/linux/d.h\n+++ b/include/linux/d.h\n"
					 "@@ -1,2 +1,2 @@\n d1\n-d2\n+d3\n";

}

TEST(files_of_patch, are_named_without_their_first_folder)
{
	EXPECT_EQ(files("--- a/fs/b.c\n+++ b/fs/b.c\n@@ -1 +1 @@\n-x\n+y\n"
			"--- a/fs/a.c\n+++ b/fs/a.c\n"),
		  "fs/a.c fs/b.c");
	EXPECT_EQ(files("--- linux-6.1/fs/a.c\t2024-01-02 03:04:05.000000000 +0000\n"
			"+++ linux/fs/a.c\t2024-01-02 03:04:06.000000000 +0000\n"),
		  "fs/a.c");
	EXPECT_EQ(files("--- a/fs/a.c\r\n+++ b/fs/a.c\r\n"), "fs/a.c");
	EXPECT_EQ(files("--- a/fs/../mm/./c.c\n"), "mm/c.c");
}

TEST(files_of_patch, may_come_and_go)
{
	EXPECT_EQ(files("--- /dev/null\n+++ b/fs/fresh.c\n"), "fs/fresh.c");
	EXPECT_EQ(files("--- a/fs/old.c\n+++ /dev/null\n"), "fs/old.c");
	EXPECT_EQ(files("--- a/fs/old.c\n+++ b/fs/fresh.c\n"), "fs/fresh.c fs/old.c");
}

TEST(files_of_patch, are_none_of_its_other_lines)
{
	EXPECT_EQ(files("--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,2 +1,2 @@\n"
			"--- a comment of SQL/Lua\n+++ this / that\n"),
		  "fs/a.c");
}

TEST(files_of_patch, stay_in_the_tree)
{
	EXPECT_EQ(files("--- a/../../etc/passwd\n+++ b/fs/a.c\n"),
		  "EBADMSG: fix.patch: 'a/../../etc/passwd' leads out of the tree");
	EXPECT_EQ(files("--- a//etc/passwd\n"),
		  "EBADMSG: fix.patch: 'a//etc/passwd' leads out of the tree");
	EXPECT_EQ(files("--- a/fs/../../x\n"),
		  "EBADMSG: fix.patch: 'a/fs/../../x' leads out of the tree");
	EXPECT_EQ(files("--- a/\n"), "EBADMSG: fix.patch: 'a/' leads out of the tree");
	EXPECT_EQ(files("From: me\n\n1 file changed\n"),
		  "EBADMSG: fix.patch: no file is named: not a patch in unified format (diff -u)");
}

TEST(with_line_numbers, a_longer_stretch_is_followed_by_the_count_that_was)
{
	EXPECT_EQ(with_line_numbers("1\nnew\n2\n3\n", {{1, 0, 2, 1}}), "1\nnew\n#line 2\n2\n3\n");
	EXPECT_EQ(with_line_numbers("1\n3\n", {{2, 1, 1, 0}}), "1\n#line 3\n3\n");
	EXPECT_EQ(with_line_numbers("1\nx\ny\n3\n", {{2, 1, 2, 2}}), "1\nx\ny\n#line 3\n3\n");
	EXPECT_EQ(with_line_numbers("new\n1\n", {{0, 0, 1, 1}}), "new\n#line 1\n1\n");
	EXPECT_EQ(with_line_numbers("2\n", {{1, 1, 0, 0}}), "#line 2\n2\n");
}

TEST(with_line_numbers, a_stretch_as_long_as_before_needs_none)
{
	EXPECT_EQ(with_line_numbers("1\nx\n3\n", {{2, 1, 2, 1}}), "1\nx\n3\n");
	EXPECT_EQ(with_line_numbers("1\n2\n", {}), "1\n2\n");
}

TEST(with_line_numbers, each_stretch_counts_for_itself)
{
	EXPECT_EQ(with_line_numbers("1\nnew\n2\n3\nx\n6\n", {{1, 0, 2, 1}, {4, 2, 5, 1}}),
		  "1\nnew\n#line 2\n2\n3\nx\n#line 6\n6\n");
	// The second one makes up for the first.
	EXPECT_EQ(with_line_numbers("1\nnew\n2\n4\n", {{1, 0, 2, 1}, {3, 1, 3, 0}}),
		  "1\nnew\n#line 2\n2\n#line 4\n4\n");
}

TEST(with_line_numbers, at_the_end_of_the_file_there_is_nothing_to_count)
{
	EXPECT_EQ(with_line_numbers("1\nnew\n", {{1, 0, 2, 1}}), "1\nnew\n");
	EXPECT_EQ(with_line_numbers("1\n", {{2, 1, 1, 0}}), "1\n");
}

TEST(with_line_numbers, none_is_put_into_a_comment)
{
	EXPECT_EQ(with_line_numbers("/* a\nnew\nb */ x\n3\n", {{1, 0, 2, 1}}),
		  "/* a\nnew\nb */ x\n#line 3\n3\n");
	// What only looks like one.
	EXPECT_EQ(with_line_numbers("\"/*\"\nnew\n2\n", {{1, 0, 2, 1}}),
		  "\"/*\"\nnew\n#line 2\n2\n");
	EXPECT_EQ(with_line_numbers("'\\'/*'\nnew\n2\n", {{1, 0, 2, 1}}),
		  "'\\'/*'\nnew\n#line 2\n2\n");
	EXPECT_EQ(with_line_numbers("// /*\nnew\n2\n", {{1, 0, 2, 1}}), "// /*\nnew\n#line 2\n2\n");
	EXPECT_EQ(with_line_numbers("/* \" */\nnew\n2\n", {{1, 0, 2, 1}}),
		  "/* \" */\nnew\n#line 2\n2\n");
}

TEST(with_line_numbers, none_is_put_behind_a_line_that_goes_on)
{
	EXPECT_EQ(with_line_numbers("#define A \\\nnew \\\n2 \\\n3\n4\n", {{1, 0, 2, 1}}),
		  "#define A \\\nnew \\\n2 \\\n3\n#line 4\n4\n");
}

TEST(source_view, a_fix_of_code_makes_its_own_files_and_links_the_rest)
{
	Tree tree;
	Result<SourceView> view = tree.view(adds_a_line);
	ASSERT_EQ(said(view), "no error");
	EXPECT_EQ(view->files(), std::vector<std::string>{"fs/a.c"});
	EXPECT_EQ(tree.text("/view/fs/a.c"), "one\nmore\n#line 2\ntwo\nthree\n");
	EXPECT_FALSE(tree.is_link("/view/fs"));
	EXPECT_TRUE(tree.is_link("/view/fs/b.c"));
	EXPECT_TRUE(tree.is_link("/view/mm"));
	EXPECT_EQ(tree.text("/view/mm/c.c"), "c\n");
	EXPECT_EQ(tree.text("/view/fs/b.h"), "b\n");
	EXPECT_EQ(tree.text("/tree/fs/a.c"), "one\ntwo\nthree\n"); // as it was
}

TEST(source_view, lines_count_as_they_are_if_asked_for)
{
	Tree tree;
	tree.root.write("/fix.patch", adds_a_line);
	const std::string &path = tree.root.path();
	Result<SourceView> view =
		SourceView::make(path + "/tree", path + "/view", {path + "/fix.patch"}, {},
				 SourceView::Lines::as_they_are);
	ASSERT_EQ(said(view), "no error");
	EXPECT_EQ(tree.text("/view/fs/a.c"), "one\nmore\ntwo\nthree\n");
}

TEST(source_view, what_uses_a_header_of_the_fix_lies_in_folders_of_the_view)
{
	Tree tree;
	Result<SourceView> view = tree.view(changes_a_header, {"fs/b.c"});
	ASSERT_EQ(said(view), "no error");
	EXPECT_EQ(tree.text("/view/include/linux/d.h"), "d1\nd3\n");
	EXPECT_FALSE(tree.is_link("/view/fs"));
	// By way of the folder of a file that includes it.
	EXPECT_EQ(tree.text("/view/fs/../include/linux/d.h"), "d1\nd3\n");
	EXPECT_TRUE(tree.is_link("/view/mm"));
	EXPECT_EQ(tree.text("/tree/include/linux/d.h"), "d1\nd2\n");
}

TEST(source_view, files_may_come_and_go)
{
	Tree tree;
	Result<SourceView> view = tree.view("--- /dev/null\n+++ b/net/new/n.c\n@@ -0,0 +1 @@\n+n\n"
					    "--- a/mm/c.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-c\n");
	ASSERT_EQ(said(view), "no error");
	EXPECT_EQ(tree.text("/view/net/new/n.c"), "n\n");
	EXPECT_FALSE(fs::exists(tree.root.path() + "/view/mm/c.c"));
	EXPECT_TRUE(fs::exists(tree.root.path() + "/tree/mm/c.c"));
	EXPECT_FALSE(fs::exists(tree.root.path() + "/tree/net"));
}

TEST(source_view, several_patches_are_applied_in_their_order)
{
	Tree tree;
	tree.root.write("/1.patch", adds_a_line);
	tree.root.write("/2.patch", "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,4 +1,4 @@\n"
				    " one\n-more\n+less\n two\n three\n");
	const std::string &path = tree.root.path();
	Result<SourceView> view = SourceView::make(path + "/tree", path + "/view",
						   {path + "/1.patch", path + "/2.patch"});
	ASSERT_EQ(said(view), "no error");
	EXPECT_EQ(view->files(), std::vector<std::string>{"fs/a.c"});
	EXPECT_EQ(tree.text("/view/fs/a.c"), "one\nless\n#line 2\ntwo\nthree\n");
}

TEST(source_view, a_patch_that_does_not_apply_exactly_is_EBADMSG)
{
	Tree tree;
	std::string patch = adds_a_line;
	patch.replace(patch.find(" three"), 6, " other");
	Result<SourceView> view = tree.view(patch);
	ASSERT_FALSE(view);
	EXPECT_EQ(view.error().code, EBADMSG);
	const std::string text = said(view, tree.root.path());
	EXPECT_EQ(text.find("EBADMSG: cannot apply '/fix.patch' to '/tree':\n"), 0u) << text;
	EXPECT_NE(text.find("Hunk #1 FAILED"), std::string::npos) << text;
	EXPECT_EQ(tree.text("/tree/fs/a.c"), "one\ntwo\nthree\n");
}
