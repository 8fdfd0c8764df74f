// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_root.hpp"
#include "../libklp/test/test_said.hpp"
#include "../libklp/try.hpp"
#include "source_file.hpp"
#include "source_view.hpp"

#include <gtest/gtest.h>
#include <iterator>

using namespace klp;
using namespace klp::test;

namespace {

namespace fs = std::filesystem;

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
		return view_of({patch}, users);
	}
	Result<SourceView> view_of(const std::vector<std::string> &patches,
				   const std::set<std::string> &users = {},
				   SourceView::Lines lines = SourceView::Lines::kept)
	{
		std::vector<std::string> paths;
		for (const std::string &patch : patches) {
			std::string name = "/" + std::to_string(paths.size() + 1) + ".patch";
			root.write(name, patch);
			paths.push_back(root.path() + name);
		}
		Fix fix = TRY(Fix::read(paths));
		FixedSource fixed = TRY(FixedSource::make(
			root.path() + "/tree", fix, [](const std::string &) { return true; }));
		return SourceView::make(root.path() + "/tree", root.path() + "/view", fixed, users,
					lines);
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

TEST(source_view, a_fix_of_code_makes_its_own_files_and_links_the_rest)
{
	Tree tree;
	Result<SourceView> view = tree.view(adds_a_line);
	ASSERT_EQ(said(view), "no error");
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
	Result<SourceView> view = tree.view_of({adds_a_line}, {}, SourceView::Lines::as_they_are);
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
	Result<SourceView> view =
		tree.view_of({adds_a_line, "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,4 +1,4 @@\n"
					   " one\n-more\n+less\n two\n three\n"});
	ASSERT_EQ(said(view), "no error");
	EXPECT_EQ(tree.text("/view/fs/a.c"), "one\nless\n#line 2\ntwo\nthree\n");
}

TEST(source_view, nothing_but_C_comes_from_a_fix)
{
	Tree tree;
	const std::string makefile = "--- a/Makefile\n+++ b/Makefile\n@@ -1 +1 @@\n-all:\n+evil:\n";
	Result<SourceView> view = tree.view(adds_a_line + makefile);
	ASSERT_EQ(said(view), "no error");
	EXPECT_TRUE(tree.is_link("/view/Makefile"));
	EXPECT_EQ(tree.text("/view/Makefile"), "all:\n");
}

TEST(source_view, its_files_are_its_own)
{
	Tree tree;
	ASSERT_EQ(said(tree.view(std::string(adds_a_line) + changes_a_header)), "no error");
	for (const char *file : {"/view/fs/a.c", "/view/include/linux/d.h"}) {
		fs::file_status status = fs::symlink_status(tree.root.path() + file);
		EXPECT_EQ(status.type(), fs::file_type::regular) << file;
		EXPECT_EQ(status.permissions() & fs::perms(0111), fs::perms::none) << file;
		EXPECT_EQ(fs::hard_link_count(tree.root.path() + file), 1u) << file;
	}
}

// Each of these got out of the view once, or would have.
TEST(source_view, no_fix_writes_outside_of_it)
{
	const std::string program =
		"diff --git a/scripts/genksyms/genksyms b/scripts/genksyms/genksyms\n"
		"new file mode 100755\n--- /dev/null\n"
		"+++ b/scripts/genksyms/genksyms\n@@ -0,0 +1 @@\n+#!/bin/sh\n";
	const std::string away = "diff --git a/scripts/genksyms b/scripts/old\n"
				 "rename from scripts/genksyms\nrename to scripts/old\n";
	const std::string goes = "diff --git a/fs/b.h b/fs/b.h\ndeleted file mode 100644\n"
				 "--- a/fs/b.h\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n";
	const std::string link = "diff --git a/fs/b.h b/fs/b.h\nnew file mode 120000\n"
				 "--- /dev/null\n+++ b/fs/b.h\n@@ -0,0 +1 @@\n+";
	const std::string no_newline = "\n\\ No newline at end of file\n";
	for (const std::string &patch :
	     {program, away + program, goes + link + "/outside" + no_newline,
	      goes + link + "/dev/zero" + no_newline,
	      std::string("--- a//outside\n+++ b//outside\n@@ -1 +1 @@\n-secret\n+x\n"),
	      std::string("--- a/../outside\n+++ b/../outside\n@@ -1 +1 @@\n-secret\n+x\n"),
	      "1c\nevil\n.\n" + std::string(adds_a_line)}) {
		Tree tree;
		tree.root.write("/outside", "secret\n");
		Result<SourceView> view = tree.view(patch);
		ASSERT_FALSE(view) << patch;
		EXPECT_EQ(view.error().code, EBADMSG) << view.error().message;
		EXPECT_FALSE(fs::exists(tree.root.path() + "/view"));
		EXPECT_EQ(tree.text("/outside"), "secret\n");
	}
	// In two patches.
	Tree tree;
	Result<SourceView> view = tree.view_of({goes, link + "/dev/zero" + no_newline});
	EXPECT_EQ(
		said(view, tree.root.path()),
		"EBADMSG: /2.patch:2: mode 120000 is a symbolic link; a fix is of plain files alone");
}

TEST(source_view, a_link_that_stands_where_a_file_is_to_be_is_not_written_through)
{
	Tree tree;
	tree.root.write("/outside", "secret\n");
	tree.root.folder("/folder");
	fs::create_symlink(tree.root.path() + "/outside", tree.root.path() + "/folder/x.h");
	fs::create_symlink(tree.root.path() + "/folder", tree.root.path() + "/linked");
	Result<> written = write_below(tree.root.path() + "/folder", "x.h", "evil");
	EXPECT_EQ(said(written, tree.root.path()),
		  "EEXIST: cannot make '/folder/x.h': File exists");
	written = write_below(tree.root.path(), "linked/y.h", "evil");
	EXPECT_EQ(said(written),
		  "EBADMSG: 'linked/y.h': 'linked' is no folder, but a file or a link");
	EXPECT_EQ(tree.text("/outside"), "secret\n");
	EXPECT_FALSE(fs::exists(tree.root.path() + "/folder/y.h"));
}
