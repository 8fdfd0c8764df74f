// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests the effect of a fix on a source: the places of its hunks, and new, removed and renamed
// files.
#include "../libklp/test/test_root.hpp"
#include "../libklp/test/test_said.hpp"
#include "fixed_source.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

namespace fs = std::filesystem;

class Tree {
public:
	Tree()
	{
		root.write("/tree/fs/a.c", "one\ntwo\nthree\nfour\nfive\nsix\n");
		root.write("/tree/fs/t.c", "static int first(void)\n{\n\tint x;\n\treturn 0;\n}\n\n"
					   "static int second(int a,\n\t\tint b)\n{\n\tint y;\n"
					   "\treturn 0;\n}\n");
		root.write("/tree/fs/b.h", "b\n");
		root.write("/tree/fs/Makefile", "all:\n");
		root.write("/tree/mm/a.c", "other\n");
	}
	// The Error is without the tree's path.
	std::string apply(const std::vector<std::string> &patches)
	{
		std::vector<std::string> paths;
		for (const std::string &patch : patches) {
			std::string name = "/" + std::to_string(paths.size() + 1) + ".patch";
			root.write(name, patch);
			paths.push_back(root.path() + name);
		}
		Result<Fix> fix = Fix::read(paths);
		if (!fix)
			return said(fix, root.path());
		Result<FixedSource> made =
			FixedSource::make(root.path() + "/tree", *fix,
					  [](const std::string &file) { return file == "fs/a.c"; });
		if (!made)
			return said(made, root.path());
		fixed.emplace(std::move(*made));
		return "no error";
	}
	std::string apply(const std::string &patch) { return apply(std::vector{patch}); }
	// Returns the text of a file of the fix, or why there is none.
	std::string text(const std::string &file) const
	{
		auto found = fixed->files().find(file);
		if (found == fixed->files().end())
			return "not in the fix";
		return found->second.is_there ? found->second.text() : "gone";
	}
	std::string warnings() const
	{
		std::string all;
		for (const Refusal &refusal : fixed->refusals())
			all += refusal.place + ": " + refusal.message + " [" + refusal.kind->id +
			       "]\n";
		return all;
	}

	Root root;
	std::optional<FixedSource> fixed;
};

std::string change(const std::string &file, const std::string &hunks)
{
	return "--- a/" + file + "\n+++ b/" + file + "\n" + hunks;
}

constexpr const char *in_a = "@@ -2,3 +2,4 @@\n two\n three\n+more\n four\n";

}

TEST(hunks, belong_where_they_say)
{
	Tree tree;
	ASSERT_EQ(tree.apply(change("fs/a.c", in_a)), "no error");
	EXPECT_EQ(tree.text("fs/a.c"), "one\ntwo\nthree\nmore\nfour\nfive\nsix\n");
	EXPECT_EQ(tree.warnings(), "");
	EXPECT_EQ(tree.fixed->files().at("fs/a.c").before, "one\ntwo\nthree\nfour\nfive\nsix\n");
}

TEST(hunks, count_from_the_source_before_those_above_them)
{
	Tree tree;
	ASSERT_EQ(tree.apply(change("fs/a.c", "@@ -1 +1,3 @@\n one\n+1a\n+1b\n@@ -4 +6 @@\n-four\n"
					      "+4\n@@ -6 +8,2 @@\n six\n+7\n")),
		  "no error");
	EXPECT_EQ(tree.text("fs/a.c"), "one\n1a\n1b\ntwo\nthree\n4\nfive\nsix\n7\n");
	EXPECT_EQ(tree.warnings(), "");
}

TEST(hunks, go_to_the_only_other_place_and_that_is_said)
{
	Tree tree;
	ASSERT_EQ(tree.apply(change("fs/t.c",
				    "@@ -5,2 +5,3 @@\n \tint y;\n+\ty = b;\n \treturn 0;\n")),
		  "no error");
	EXPECT_NE(tree.text("fs/t.c").find("\tint y;\n\ty = b;\n\treturn 0;\n"), std::string::npos);
	EXPECT_EQ(tree.warnings(), "fs/t.c:11: hunk 1 of fs/t.c goes 5 lines below where it says, "
				   "into 'second' [hunk-moved]\n");
	ASSERT_EQ(tree.apply(change("fs/t.c",
				    "@@ -4,2 +4,3 @@\n \tint x;\n+\tx = 1;\n \treturn 0;\n")),
		  "no error");
	EXPECT_EQ(tree.warnings(), "fs/t.c:4: hunk 1 of fs/t.c goes 1 line above where it says, "
				   "into 'first' [hunk-moved]\n");
	ASSERT_EQ(tree.apply(change("fs/t.c", "@@ -2,2 +2,3 @@\n }\n \n+int z;\n")), "no error");
	EXPECT_EQ(tree.warnings(), "fs/t.c:7: hunk 1 of fs/t.c goes 3 lines below where it says, "
				   "outside of functions [hunk-moved]\n");
}

TEST(hunks, that_fit_elsewhere_too_belong_where_they_say)
{
	Tree tree;
	ASSERT_EQ(
		tree.apply(change("fs/t.c", "@@ -11,2 +11,2 @@\n-\treturn 0;\n+\treturn 1;\n }\n")),
		"no error");
	EXPECT_NE(tree.text("fs/t.c").find("\tint x;\n\treturn 0;\n"), std::string::npos);
	EXPECT_EQ(tree.warnings(), "");
	EXPECT_EQ(
		tree.apply(change("fs/t.c", "@@ -10,2 +10,2 @@\n-\treturn 0;\n+\treturn 1;\n }\n")),
		"EBADMSG: /1.patch:3: hunk 1 of fs/t.c fits at the lines 4, 11, and not at 10, "
		"where it says; make the diff from this kernel's source, or with more context "
		"(diff -U10)");
}

// All lines of the file are lower than those that its author had.
TEST(hunks, that_fit_elsewhere_too_are_in_doubt_where_another_has_moved)
{
	Tree tree;
	const std::string ambiguous = "@@ -4,2 +4,2 @@\n-\treturn 0;\n+\treturn 1;\n }\n";
	const std::string moves = "@@ -9 +9,2 @@\n \tint y;\n+\ty = b;\n";
	EXPECT_EQ(tree.apply(change("fs/t.c", ambiguous + moves)),
		  "EBADMSG: /1.patch:3: hunk 1 of fs/t.c fits at the lines 4, 11, and another hunk "
		  "is not where it says; make the diff from this kernel's source, or with more "
		  "context (diff -U10)");
}

TEST(hunks, that_only_add_belong_nowhere)
{
	Tree tree;
	EXPECT_EQ(tree.apply(change("fs/a.c", "@@ -3,0 +4,2 @@\n+x\n+y\n")),
		  "EBADMSG: /1.patch:3: hunk 1 of fs/a.c adds lines without any around them, which "
		  "may belong anywhere; make the diff with context, as diff -u does");
	tree.root.write("/tree/fs/empty.h", "");
	ASSERT_EQ(tree.apply(change("fs/empty.h", "@@ -0,0 +1 @@\n+x\n")), "no error");
	EXPECT_EQ(tree.text("fs/empty.h"), "x\n");
}

TEST(hunks, that_fit_nowhere_are_said_by_the_line_that_differs)
{
	Tree tree;
	EXPECT_EQ(tree.apply(change("fs/a.c", "@@ -2,3 +2,4 @@\n two\n+more\n tree\n four\n")),
		  "EBADMSG: /1.patch:3: hunk 1 of fs/a.c does not fit: its line 6 is 'tree', and "
		  "line 3 of the source is 'three'; make the diff from this kernel's source");
	// No fuzz: each line of the context counts.
	EXPECT_EQ(
		tree.apply(change("fs/a.c", "@@ -3,3 +3,4 @@\n three\n four\n+more\n 5\n")),
		"EBADMSG: /1.patch:3: hunk 1 of fs/a.c does not fit: its line 7 is '5', and line 5 "
		"of the source is 'five'; make the diff from this kernel's source");
	EXPECT_EQ(tree.apply(change("fs/a.c", "@@ -6,2 +6,3 @@\n six\n+more\n seven\n")),
		  "EBADMSG: /1.patch:3: hunk 1 of fs/a.c does not fit: its line 6 is 'seven', and "
		  "the source has 6 lines alone; make the diff from this kernel's source");
	EXPECT_EQ(tree.apply(change("fs/a.c", "@@ -2,2 +2,1 @@\n two\n-between\n three\n")),
		  "EBADMSG: /1.patch:6: belongs to no hunk: that of line 3 has its 2 old and 1 new "
		  "lines already");
	EXPECT_EQ(
		tree.apply(change("fs/a.c", "@@ -2,3 +2,2 @@\n two\n-between\n three\n")),
		"EBADMSG: /1.patch:3: hunk 1 of fs/a.c does not fit: its line 5 is 'between', and "
		"line 3 of the source is 'three'; the source has what the hunk makes of it already");
}

TEST(hunks, know_the_end_of_a_file)
{
	Tree tree;
	const std::string none = "\\ No newline at end of file\n";
	tree.root.write("/tree/fs/e.h", "x\ny\nx");
	ASSERT_EQ(tree.apply(change("fs/e.h", "@@ -2,2 +2,2 @@\n y\n-x\n" + none + "+z\n")),
		  "no error");
	EXPECT_EQ(tree.text("fs/e.h"), "x\ny\nz\n");
	EXPECT_EQ(
		tree.apply(change("fs/e.h", "@@ -2,2 +2,2 @@\n y\n-x\n+z\n")),
		"EBADMSG: /1.patch:3: hunk 1 of fs/e.h does not fit: its line 5 is 'x', and line 3 "
		"of the source (without a newline) is 'x'; make the diff from this kernel's source");
	// A hunk that leaves no newline at the end has no lines behind it.
	EXPECT_EQ(tree.apply(change("fs/e.h", "@@ -1 +1 @@\n-x\n+z\n" + none)),
		  "EBADMSG: /1.patch:3: hunk 1 of fs/e.h does not fit: it leaves no newline at the "
		  "end, and is not there; make the diff from this kernel's source");
}

TEST(hunks, do_not_take_each_others_place)
{
	Tree tree;
	EXPECT_EQ(tree.apply(change("fs/a.c", "@@ -1 +1 @@\n-five\n+5\n@@ -2 +2 @@\n-two\n+2\n")),
		  "EBADMSG: /1.patch:6: hunk 2 of fs/a.c fits at line 2 alone, which is before the "
		  "end of the hunk above it");
}

TEST(hunks, of_a_source_of_equal_lines_are_found_in_time)
{
	Tree tree;
	std::string source, old;
	for (int i = 0; i < 100'000; i++)
		source += "x\n";
	for (int i = 0; i < 50'000; i++)
		old += " x\n";
	tree.root.write("/tree/fs/x.h", source + "y\n");
	ASSERT_EQ(tree.apply(change("fs/x.h", "@@ -1,50001 +1,50002 @@\n" + old + "+z\n y\n")),
		  "no error");
	EXPECT_EQ(tree.text("fs/x.h"), source + "z\ny\n");
	EXPECT_EQ(tree.apply(change("fs/x.h", "@@ -1,50001 +1,50002 @@\n" + old + "+z\n w\n"))
			  .substr(0, 52),
		  "EBADMSG: /1.patch:3: hunk 1 of fs/x.h does not fit: ");
}

TEST(fixed_source, patches_apply_to_what_those_before_them_made)
{
	Tree tree;
	const std::string second = "@@ -3,3 +3,3 @@\n three\n-more\n+less\n four\n";
	ASSERT_EQ(tree.apply({change("fs/a.c", in_a), change("fs/a.c", second)}), "no error");
	EXPECT_EQ(tree.text("fs/a.c"), "one\ntwo\nthree\nless\nfour\nfive\nsix\n");
	EXPECT_EQ(tree.apply({change("fs/a.c", second), change("fs/a.c", in_a)}).substr(0, 40),
		  "EBADMSG: /1.patch:3: hunk 1 of fs/a.c do");
}

TEST(fixed_source, lines_know_which_they_were)
{
	Tree tree;
	// The one in the middle was only repeated.
	ASSERT_EQ(tree.apply(change("fs/a.c", "@@ -2,3 +2,4 @@\n-two\n-three\n-four\n+two\n+2\n+3\n"
					      "+four\n")),
		  "no error");
	std::string numbers;
	for (const SourceLine &line : tree.fixed->files().at("fs/a.c").after)
		numbers += std::to_string(line.before);
	EXPECT_EQ(numbers, "1200456");
}

TEST(fixed_source, files_come_and_go)
{
	Tree tree;
	ASSERT_EQ(tree.apply("--- /dev/null\n+++ b/net/n.h\n@@ -0,0 +1 @@\n+n\n"
			     "--- a/fs/b.h\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n" +
			     change("net/m.h", "@@ -0,0 +1 @@\n+m\n")),
		  "no error");
	EXPECT_EQ(tree.text("net/n.h"), "n\n");
	EXPECT_EQ(tree.text("net/m.h"), "m\n");
	EXPECT_EQ(tree.text("fs/b.h"), "gone");
	EXPECT_EQ(tree.warnings(), "");
	EXPECT_EQ(tree.apply("--- /dev/null\n+++ b/fs/b.h\n@@ -0,0 +1 @@\n+n\n"),
		  "EBADMSG: /1.patch:1: 'fs/b.h' is new in the fix, and there already");
	EXPECT_EQ(
		tree.apply("--- a/fs/a.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n"),
		"EBADMSG: /1.patch:1: 'fs/a.c' is removed in the fix, which leaves 5 lines of it");
}

TEST(fixed_source, a_unit_that_goes_is_refused)
{
	Tree tree;
	ASSERT_EQ(tree.apply("--- a/fs/a.c\n+++ /dev/null\n@@ -1,6 +0,0 @@\n-one\n-two\n-three\n"
			     "-four\n-five\n-six\n"),
		  "no error");
	EXPECT_EQ(tree.warnings(),
		  "fs/a.c: 'fs/a.c' is removed, and its code goes on running [file-removed]\n");
	EXPECT_TRUE(tree.fixed->refusals()[0].kind->error);
}

TEST(fixed_source, a_unit_keeps_its_name)
{
	Tree tree;
	const std::string renaming = "diff --git a/fs/a.c b/fs/z.c\nsimilarity index 90%\n"
				     "rename from fs/a.c\nrename to fs/z.c\n";
	ASSERT_EQ(tree.apply({renaming + "--- a/fs/a.c\n+++ b/fs/z.c\n" + in_a,
			      change("fs/z.c", "@@ -1 +1 @@\n-one\n+1\n")}),
		  "no error");
	EXPECT_EQ(tree.text("fs/a.c"), "1\ntwo\nthree\nmore\nfour\nfive\nsix\n");
	EXPECT_EQ(tree.text("fs/z.c"), "not in the fix");
	EXPECT_EQ(tree.warnings(), "fs/a.c: 'fs/a.c' becomes 'fs/z.c', and is built as a change of "
				   "'fs/a.c' [file-renamed]\n");
	EXPECT_FALSE(tree.fixed->refusals()[0].kind->error);
}

TEST(fixed_source, a_header_gets_its_new_name)
{
	Tree tree;
	ASSERT_EQ(
		tree.apply("diff --git a/fs/b.h b/fs/z.h\nrename from fs/b.h\nrename to fs/z.h\n"),
		"no error");
	EXPECT_EQ(tree.text("fs/b.h"), "gone");
	EXPECT_EQ(tree.text("fs/z.h"), "b\n");
	EXPECT_EQ(
		tree.apply("diff --git a/fs/b.h b/mm/a.c\nrename from fs/b.h\nrename to mm/a.c\n"),
		"EBADMSG: /1.patch:1: 'mm/a.c' is there already");
	EXPECT_EQ(tree.apply("diff --git a/fs/b.h b/fs/b.txt\nrename from fs/b.h\nrename to "
			     "fs/b.txt\n"),
		  "EBADMSG: /1.patch:1: 'fs/b.h' becomes 'fs/b.txt': one of the two is no C; make "
		  "it a file that goes and one that comes, with 'git diff --no-renames'");
}

TEST(fixed_source, only_C_is_changed)
{
	Tree tree;
	ASSERT_EQ(
		tree.apply(change("fs/Makefile", "@@ -7 +7 @@\n-x\n+y\n") + change("fs/a.c", in_a)),
		"no error");
	EXPECT_EQ(tree.fixed->others(), std::set<std::string>{"fs/Makefile"});
	EXPECT_EQ(tree.text("fs/Makefile"), "not in the fix");
}

TEST(fixed_source, options_of_the_compiler_are_no_small_thing)
{
	Tree tree;
	ASSERT_EQ(tree.apply(change("fs/Makefile", "@@ -7 +7 @@\n-x\n+CFLAGS_a.o += -O0\n") +
			     change("fs/a.c", in_a)),
		  "no error");
	ASSERT_EQ(tree.fixed->refusals().size(), 1u);
	EXPECT_STREQ(tree.fixed->refusals()[0].kind->id, "unknown-file");
}

TEST(fixed_source, a_path_without_folders_is_answered_with_the_files_that_it_may_mean)
{
	Tree tree;
	EXPECT_EQ(
		tree.apply(std::string("--- a.c\n+++ a.c\n") + in_a),
		"EBADMSG: /1.patch:1: 'a.c' has no folders in front; it could be fs/a.c; make the "
		"diff with 'git diff', or with 'diff -u a/fs/a.c b/fs/a.c'");
	EXPECT_EQ(
		tree.apply("--- a.c\n+++ a.c\n@@ -1 +1 @@\n-x\n+y\n"),
		"EBADMSG: /1.patch:1: 'a.c' has no folders in front; it could be fs/a.c or mm/a.c; "
		"make the diff with 'git diff', or with 'diff -u a/fs/a.c b/fs/a.c'");
	EXPECT_EQ(tree.apply("--- /dev/null\n+++ n.h\n@@ -0,0 +1 @@\n+n\n"),
		  "EBADMSG: /1.patch:1: 'n.h' has no folders in front; make the diff with 'git "
		  "diff', or with 'diff -u a/DIR/FILE.c b/DIR/FILE.c'");
}

TEST(fixed_source, so_is_one_in_other_folders)
{
	Tree tree;
	EXPECT_EQ(
		tree.apply(change("ext4/a.c", in_a)),
		"EBADMSG: /1.patch:1: 'ext4/a.c', which is left of 'a/ext4/a.c', is no file of "
		"this kernel's source; it could be fs/a.c; make the diff with 'git diff', or with "
		"'diff -u a/fs/a.c b/fs/a.c'");
	EXPECT_EQ(
		tree.apply(std::string("--- ext4/a.c\n+++ ext4/a.c\n") + in_a),
		"EBADMSG: /1.patch:1: 'a.c', which is left of 'ext4/a.c', is no file of this "
		"kernel's source; it could be fs/a.c; make the diff with 'git diff', or with 'diff "
		"-u a/fs/a.c b/fs/a.c'");
}

TEST(fixed_source, a_path_that_the_tree_has_as_it_is_written_is_that_one)
{
	Tree tree;
	ASSERT_EQ(tree.apply(std::string("--- fs/a.c\n+++ fs/a.c\n") + in_a), "no error");
	EXPECT_TRUE(tree.fixed->files().contains("fs/a.c"));
	ASSERT_EQ(tree.apply(std::string("diff --git fs/a.c fs/a.c\n--- fs/a.c\n+++ fs/a.c\n") +
			     in_a),
		  "no error");
	EXPECT_TRUE(tree.fixed->files().contains("fs/a.c"));
	ASSERT_EQ(tree.apply("--- /dev/null\n+++ fs/n.h\n@@ -0,0 +1 @@\n+n\n"), "no error");
	EXPECT_TRUE(tree.fixed->files().contains("fs/n.h"));
	// Files of one name: without their folders they would be one file.
	ASSERT_EQ(tree.apply("--- fs/a.c\n+++ fs/a.c\n@@ -1 +1 @@\n-one\n+1\n"
			     "--- mm/a.c\n+++ mm/a.c\n@@ -1 +1 @@\n-other\n+1\n"),
		  "no error");
	EXPECT_EQ(tree.fixed->files().size(), 2u);
}

TEST(fixed_source, a_path_that_may_be_either_is_refused_by_name)
{
	Tree tree;
	tree.root.write("/tree/a.c", "one\ntwo\nthree\nfour\n");
	EXPECT_EQ(
		tree.apply(std::string("--- fs/a.c\n+++ fs/a.c\n") + in_a),
		"EBADMSG: /1.patch:1: 'fs/a.c' may be 'a.c' or 'fs/a.c', and this kernel's source "
		"has both; make the diff with 'git diff'");
	// Another file of the patch tells.
	tree.root.write("/tree/fs/b.c", "x\n");
	EXPECT_EQ(tree.apply(std::string("--- fs/a.c\n+++ fs/a.c\n") + in_a +
			     "--- fs/b.c\n+++ fs/b.c\n@@ -1 +1 @@\n-x\n+y\n"),
		  "no error");
	EXPECT_TRUE(tree.fixed->files().contains("fs/a.c"));
	EXPECT_EQ(tree.apply(std::string("--- a/fs/a.c\n+++ a/fs/a.c\n") + in_a +
			     "--- fs/b.c\n+++ fs/b.c\n@@ -1 +1 @@\n-x\n+y\n"),
		  "EBADMSG: /1.patch:8: 'fs/b.c' is of this kernel's source as it is written, and "
		  "'a/fs/a.c' of line 1 without its first folder; make the diff with 'git diff'");
}

TEST(fixed_source, no_link_is_followed)
{
	Tree tree;
	const std::string out = tree.root.path();
	tree.root.write("/outside/a.c", "one\ntwo\nthree\nfour\n");
	fs::create_symlink(out + "/outside", out + "/tree/linked");
	fs::create_symlink(out + "/outside/a.c", out + "/tree/fs/l.c");
	fs::create_symlink("/dev/zero", out + "/tree/fs/zero.h");
	fs::create_directory(out + "/tree/fs/folder.h");
	EXPECT_EQ(tree.apply(change("linked/a.c", in_a)),
		  "EBADMSG: /1.patch:1: 'linked/a.c': 'linked' is no folder, but a file or a link");
	EXPECT_EQ(tree.apply(change("fs/a.c/x.c", in_a)),
		  "EBADMSG: /1.patch:1: 'fs/a.c/x.c': 'fs/a.c' is no folder, but a file or a link");
	for (const char *file : {"fs/l.c", "fs/zero.h", "fs/folder.h"})
		EXPECT_EQ(tree.apply(change(file, in_a)),
			  "EBADMSG: /1.patch:1: '" + std::string(file) + "' is no regular file");
}
