// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests which files are a fix, and which files are refused as one.
#include "../libklp/test/test_root.hpp"
#include "../libklp/test/test_said.hpp"
#include "fix.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// "modified fs/a.c" of each file, or the Error.
std::string files(const std::string &text)
{
	Result<FixPatch> patch = Fix::parse("fix.patch", text);
	if (!patch)
		return said(patch);
	std::string all;
	for (const FileDiff &file : patch->files) {
		all += all.empty() ? "" : ", ";
		all += file.kind == FileDiff::Kind::modified  ? "modified "
		       : file.kind == FileDiff::Kind::added   ? "added "
		       : file.kind == FileDiff::Kind::removed ? "removed "
							      : "renamed ";
		all += file.path();
		if (file.kind == FileDiff::Kind::renamed)
			all += " " + file.after;
	}
	return all;
}

const std::string hunk = "@@ -1,2 +1,3 @@\n one\n+more\n two\n";

std::string plain(const std::string &file = "fs/a.c")
{
	return "--- a/" + file + "\n+++ b/" + file + "\n" + hunk;
}

std::string git(const std::string &extended, const std::string &rest = "")
{
	return "diff --git a/fs/a.c b/fs/a.c\n" + extended + rest;
}

const std::string git_names = "--- a/fs/a.c\n+++ b/fs/a.c\n";

}

TEST(fix, files_are_named_without_their_first_folder)
{
	EXPECT_EQ(files(plain("fs/b.c") + plain()), "modified fs/b.c, modified fs/a.c");
	EXPECT_EQ(files("--- linux-6.1/fs/a.c\t2024-01-02 03:04:05.000000000 +0000\n"
			"+++ linux/fs/a.c\t2024-01-02 03:04:06.000000000 +0000\n" +
			hunk),
		  "modified fs/a.c");
	EXPECT_EQ(files(git("index 111111111111..222222222222 100644\n", git_names + hunk)),
		  "modified fs/a.c");
	EXPECT_EQ(files(git("index 1111..2222 100755\n", git_names + hunk)), "modified fs/a.c");
}

TEST(fix, files_may_come_and_go)
{
	const std::string comes = "@@ -0,0 +1 @@\n+x\n", goes = "@@ -1 +0,0 @@\n-x\n";
	EXPECT_EQ(files("--- /dev/null\n+++ b/fs/n.c\n" + comes + "--- a/fs/o.c\n+++ /dev/null\n" +
			goes),
		  "added fs/n.c, removed fs/o.c");
	EXPECT_EQ(files(git("new file mode 100644\nindex 0000..1111\n",
			    "--- /dev/null\n+++ b/fs/a.c\n" + comes)),
		  "added fs/a.c");
	EXPECT_EQ(files(git("new file mode 100644\nindex 0000..e69d\n")), "added fs/a.c");
	EXPECT_EQ(files(git("deleted file mode 100644\nindex 1111..0000\n",
			    "--- a/fs/a.c\n+++ /dev/null\n" + goes)),
		  "removed fs/a.c");
	// diff -N says it with the time.
	EXPECT_EQ(files("--- a/fs/n.c\t1970-01-01 01:00:00.000000000 +0100\n"
			"+++ b/fs/n.c\t2024-01-01 01:00:00.000000000 +0100\n" +
			comes),
		  "added fs/n.c");
	EXPECT_EQ(files("--- a/fs/n.c\t2024-01-01 01:00:00.000000000 +0100\n"
			"+++ b/fs/n.c\t1969-12-31 19:00:00.000000000 -0500\n" +
			goes),
		  "removed fs/n.c");
	EXPECT_EQ(files("--- /dev/null\n+++ b/fs/n.c\n" + hunk),
		  "EBADMSG: fix.patch:3: the file is new, and yet the hunk has old lines");
	EXPECT_EQ(files("--- a/fs/n.c\n+++ /dev/null\n" + hunk),
		  "EBADMSG: fix.patch:3: the file is removed, and yet the hunk leaves lines");
}

TEST(fix, files_may_be_renamed)
{
	const std::string names = "diff --git a/fs/a.c b/fs/b.c\nsimilarity index 90%\n";
	const std::string renaming = "rename from fs/a.c\nrename to fs/b.c\n";
	EXPECT_EQ(files(names + renaming), "renamed fs/a.c fs/b.c");
	EXPECT_EQ(files(names + renaming + "--- a/fs/a.c\n+++ b/fs/b.c\n" + hunk),
		  "renamed fs/a.c fs/b.c");
	EXPECT_EQ(files(names),
		  "EBADMSG: fix.patch:1: 'diff --git' names 'fs/a.c' and 'fs/b.c', and yet no "
		  "renaming follows");
	EXPECT_EQ(files(names + "rename from fs/c.c\nrename to fs/b.c\n"),
		  "EBADMSG: fix.patch:1: the renaming is of other files than 'diff --git' names");
	EXPECT_EQ(files(names + renaming + "--- a/fs/a.c\n+++ b/fs/c.c\n" + hunk),
		  "EBADMSG: fix.patch:6: names other files than 'diff --git' in line 1");
	EXPECT_EQ(files("--- a/fs/a.c.orig\n+++ b/fs/a.c\n" + hunk),
		  "EBADMSG: fix.patch:2: names 'fs/a.c.orig' before and 'fs/a.c' after; make the "
		  "diff with 'git diff', or of two folders that have the file by one name");
}

TEST(fix, a_mail_may_be_around_it)
{
	const std::string mail = "From 0123 Mon Sep 17 00:00:00 2001\nFrom: Me <me@example.org>\n"
				 "Subject: [PATCH] fs: less of it\n\nOnly in rare cases:\n"
				 " *** DEADLOCK ***\n**** BUG ****\n---\n fs/a.c | 1 +\n"
				 " 1 file changed, 1 insertion(+)\n\n";
	EXPECT_EQ(files(mail + git("index 1111..2222 100644\n", git_names + hunk) +
			"-- \n2.39.5\n\n"),
		  "modified fs/a.c");
	EXPECT_EQ(files(mail + plain() + "--\n2.39.5\n\n" + mail + plain("fs/b.c")),
		  "modified fs/a.c, modified fs/b.c");
	EXPECT_EQ(files("Index: linux/fs/a.c\n========\n" + plain() + "Index: linux/fs/b.c\n" +
			plain("fs/b.c")),
		  "modified fs/a.c, modified fs/b.c");
	EXPECT_EQ(files("diff -urN a/fs/a.c b/fs/a.c\n" + plain()), "modified fs/a.c");
	EXPECT_EQ(files(mail),
		  "EBADMSG: fix.patch: no file is named: not a patch in unified format (diff -u)");
	EXPECT_EQ(files(""),
		  "EBADMSG: fix.patch: no file is named: not a patch in unified format (diff -u)");
}

TEST(fix, lines_may_end_as_those_of_mail_do)
{
	auto with_returns = [](std::string text) {
		for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
			text.insert(at, "\r");
		return text;
	};
	Result<FixPatch> patch = Fix::parse("fix.patch", with_returns(plain()));
	ASSERT_EQ(said(patch), "no error");
	EXPECT_EQ(patch->view(), plain());
	// Where the source itself has the carriage returns, they are part of its lines.
	Result<FixPatch> partly =
		Fix::parse("fix.patch", git_names + with_returns("@@ -1 +1,2 @@\n one\n+two\n"));
	EXPECT_EQ(said(partly),
		  "EBADMSG: fix.patch:3: '@@ -1 +1,2 @@?' is no '@@ -LINE,COUNT +LINE,COUNT @@' of "
		  "a file's lines");
	partly = Fix::parse("fix.patch",
			    git_names + "@@ -1 +1,2 @@\n" + with_returns(" one\n+two\n"));
	ASSERT_EQ(said(partly), "no error");
	EXPECT_EQ(partly->files[0].hunks[0].lines[1].text, "two\r\n");
	EXPECT_EQ(files("--- a/fs/a.c\r\n+++ b/fs/a.c\r\n" + hunk),
		  "EBADMSG: fix.patch:1: the path 'a/fs/a.c?' has the byte 13 in it; a fix changes "
		  "files of the tree, as a/FILE");
}

TEST(fix, a_hunk_has_the_lines_that_it_says)
{
	auto lines = [](const std::string &numbers, const std::string &body) {
		return files(git_names + "@@ " + numbers + " @@ int f(void)\n" + body);
	};
	EXPECT_EQ(lines("-1,3 +1,3", " one\n-two\n+2\n three\n"), "modified fs/a.c");
	EXPECT_EQ(lines("-1 +1", "-one\n+1\n"), "modified fs/a.c");
	EXPECT_EQ(lines("-1,2 +1,3", "\n+more\n\n"), "modified fs/a.c");
	EXPECT_EQ(lines("-1,2 +1,2", "--- a/comment of SQL\n+++ b/that\n two\n"),
		  "modified fs/a.c");
	EXPECT_EQ(
		lines("-1,3 +1,3", " one\n-two\n+2\n"),
		"EBADMSG: fix.patch:7: the hunk of line 3 lacks 1 old and 1 new lines of those it "
		"says");
	EXPECT_EQ(
		lines("-1,2 +1,2", " one\n-two\n+2\n three\n"),
		"EBADMSG: fix.patch:7: belongs to no hunk: that of line 3 has its 2 old and 2 new "
		"lines already");
	EXPECT_EQ(
		lines("-1,2 +1,2", " one\n-two\n+2\n\n+more\n"),
		"EBADMSG: fix.patch:8: belongs to no hunk: that of line 3 has its 2 old and 2 new "
		"lines already");
	EXPECT_EQ(
		lines("-1,2 +1,3", " one\n-two\n+2\n"),
		"EBADMSG: fix.patch:7: the hunk of line 3 lacks 0 old and 1 new lines of those it "
		"says");
	EXPECT_EQ(lines("-1,2 +1,2", " one\n two\n"),
		  "EBADMSG: fix.patch:3: the hunk changes nothing");
	EXPECT_EQ(files(git_names),
		  "EBADMSG: fix.patch:3: a hunk is to follow, '@@ -LINE,COUNT +LINE,COUNT @@'");
}

TEST(fix, the_end_of_a_file_may_have_no_newline)
{
	const std::string none = "\\ No newline at end of file\n";
	Result<FixPatch> patch = Fix::parse(
		"fix.patch", git_names + "@@ -1,2 +1,2 @@\n one\n-two\n" + none + "+2\n" + none);
	ASSERT_EQ(said(patch), "no error");
	EXPECT_EQ(patch->files[0].hunks[0].lines[1].text, "two");
	EXPECT_EQ(patch->files[0].hunks[0].lines[2].text, "2");
	EXPECT_EQ(files(git_names + "@@ -1,2 +1,2 @@\n one\n" + none + "-two\n+2\n"),
		  "EBADMSG: fix.patch:5: the line above is not the file's last one");
	EXPECT_EQ(
		files(plain() + none + none),
		"EBADMSG: fix.patch:8: belongs to no hunk: that of line 3 has its 2 old and 3 new "
		"lines already");
}

TEST(fix, hunks_have_numbers_of_lines_that_can_be)
{
	auto numbers = [](const std::string &numbers) {
		return files(git_names + "@@ " + numbers + " @@\n-one\n+1\n");
	};
	for (const char *text : {"-1,99999999999999999999 +1", "-4294967297 +1", "-1 +x", "-1",
				 "-0,1 +1", "-1, +1", "--1 +1", "-1 +1,1 +2", "- 1 +1"})
		EXPECT_EQ(numbers(text), "EBADMSG: fix.patch:3: '@@ " + std::string(text) +
						 " @@' is no '@@ -LINE,COUNT +LINE,COUNT @@' of a "
						 "file's lines");
	EXPECT_EQ(numbers("-1,0 +1,0"), "EBADMSG: fix.patch:3: the hunk has no lines");
	EXPECT_EQ(numbers("-1,999999999 +1,999999999"),
		  "EBADMSG: fix.patch:6: the hunk of line 3 lacks 999999998 old and 999999998 new "
		  "lines of those it says");
}

TEST(fix, hunks_are_in_order)
{
	const std::string later = "@@ -10,2 +10,2 @@\n-x\n+y\n z\n";
	EXPECT_EQ(files(git_names + hunk + later), "modified fs/a.c");
	EXPECT_EQ(files(git_names + later + hunk),
		  "EBADMSG: fix.patch:7: the hunk begins before that of line 3 ends; hunks are to "
		  "be in order");
	EXPECT_EQ(files(git_names + later + "@@ -11 +11 @@\n-z\n+a\n"),
		  "EBADMSG: fix.patch:7: the hunk begins before that of line 3 ends; hunks are to "
		  "be in order");
}

TEST(fix, a_file_is_named_once)
{
	EXPECT_EQ(
		files(plain() + plain()),
		"EBADMSG: fix.patch:7: 'fs/a.c' is named twice, in line 1 too; make one diff, or a "
		"file of each");
	EXPECT_EQ(
		files("diff --git a/fs/a.c b/fs/b.c\nrename from fs/a.c\nrename to fs/b.c\n\n" +
		      plain("fs/b.c")),
		"EBADMSG: fix.patch:5: 'fs/b.c' is named twice, in line 1 too; make one diff, or a "
		"file of each");
}

TEST(fix, paths_stay_in_the_tree)
{
	auto path = [](const std::string &path) {
		std::string text = files("--- " + path + "\n+++ " + path + "\n" + hunk);
		const std::string begin = "EBADMSG: fix.patch:1: the path ";
		const std::string end = "; a fix changes files of the tree, as a/FILE";
		if (!text.starts_with(begin) || !text.ends_with(end))
			return text;
		return text.substr(begin.size(), text.size() - begin.size() - end.size());
	};
	EXPECT_EQ(path("/etc/passwd"), "'/etc/passwd' is absolute");
	EXPECT_EQ(path("a//etc/passwd"), "'a//etc/passwd' is absolute");
	EXPECT_EQ(path("../fs/a.c"), "'../fs/a.c' has '..' in it");
	EXPECT_EQ(path("a/../../etc/passwd"), "'a/../../etc/passwd' has '..' in it");
	EXPECT_EQ(path("a/fs/../mm/c.c"), "'a/fs/../mm/c.c' has '..' in it");
	EXPECT_EQ(path("a/./fs/a.c"), "'a/./fs/a.c' has '.' in it");
	EXPECT_EQ(path("a/fs//a.c"), "'a/fs//a.c' has an empty part");
	EXPECT_EQ(path("a/fs/"), "'a/fs/' has an empty part");
	EXPECT_EQ(path("a/"), "'a/' is empty");
	EXPECT_EQ(path("\"a/fs/a.c\""), "'\"a/fs/a.c\"' has a \" in it");
	EXPECT_EQ(path("a/fs/a.c;touch x"), "'a/fs/a.c;touch x' has a space in it");
	EXPECT_EQ(path("a/fs/\x1b[2Ja.c"), "'a/fs/?[2Ja.c' has the byte 27 in it");
	EXPECT_EQ(path("a/fs/\xc3\xa4.c"), "'a/fs/\xc3\xa4.c' has the byte 195 in it");
	EXPECT_EQ(path("a/" + std::string(1025, 'x')),
		  "'a/" + std::string(68, 'x') + "...' is longer than 1024 letters");
}

TEST(fix, what_the_build_runs_or_makes_is_no_source)
{
	auto place = [](const std::string &file) {
		return files(plain(file)) ==
		       "EBADMSG: fix.patch:1: '" + file +
			       "' is made or run when a kernel is built; a fix "
			       "changes sources of the kernel alone";
	};
	for (const char *file :
	     {"scripts/genksyms/genksyms", "scripts/Makefile.build", "tools/objtool/check.c",
	      ".config", "include/generated/autoconf.h", "include/config/auto.conf",
	      "arch/x86/include/generated/asm/x.h", "Module.symvers", ".git/hooks/x", "fs/.a.o.cmd",
	      ".vmlinux.export.c"})
		EXPECT_TRUE(place(file)) << file;
	for (const char *file : {"fs/scripts/a.c", "Makefile", ".mailmap", "fs/.gitignore",
				 "tools/testing/selftests/x.c", "Documentation/x.rst"})
		EXPECT_EQ(files(plain(file)), std::string("modified ") + file);
	EXPECT_EQ(said(Fix::parse("x", plain("include/generated/autoconf.h"), Fix::Made::taken)),
		  "no error");
}

TEST(fix, a_mode_is_that_of_a_plain_file)
{
	EXPECT_EQ(files(git("new file mode 120000\n")),
		  "EBADMSG: fix.patch:2: mode 120000 is a symbolic link; a fix is of plain files "
		  "alone");
	EXPECT_EQ(files(git("deleted file mode 120000\n")),
		  "EBADMSG: fix.patch:2: mode 120000 is a symbolic link; a fix is of plain files "
		  "alone");
	EXPECT_EQ(files(git("index 1111..2222 120000\n", git_names + hunk)),
		  "EBADMSG: fix.patch:2: mode 120000 is a symbolic link; a fix is of plain files "
		  "alone");
	EXPECT_EQ(
		files(git("new file mode 160000\n")),
		"EBADMSG: fix.patch:2: mode 160000 is a submodule; a fix is of plain files alone");
	EXPECT_EQ(files(git("new file mode 100755\n")),
		  "EBADMSG: fix.patch:2: mode '100755' is none that a file of a fix has, which is "
		  "100644");
	EXPECT_EQ(files(git("old mode 100644\nnew mode 100755\n")),
		  "EBADMSG: fix.patch:2: a change of the file's mode, which no livepatch carries; "
		  "leave it out");
}

TEST(fix, what_git_says_else_is_refused)
{
	EXPECT_EQ(files("diff --git a/fs/a.c b/fs/b.c\ncopy from fs/a.c\ncopy to fs/b.c\n"),
		  "EBADMSG: fix.patch:2: a copy of a file; make the diff with 'git diff "
		  "--no-renames'");
	EXPECT_EQ(files(git("frobnicate\n", git_names + hunk)),
		  "EBADMSG: fix.patch:2: an unknown line behind 'diff --git': 'frobnicate'");
	EXPECT_EQ(files(git("index zzz\n", git_names + hunk)),
		  "EBADMSG: fix.patch:2: 'index' is to be followed by two object names");
	EXPECT_EQ(files(git("new file mode 100644\ndeleted file mode 100644\n")),
		  "EBADMSG: fix.patch:3: a file is only one of new, deleted and renamed");
	EXPECT_EQ(files(git("")),
		  "EBADMSG: fix.patch:1: changes nothing: 'diff --git' without '---' and '+++' "
		  "lines");
	EXPECT_EQ(files("diff --git a/fs/a.c\n"),
		  "EBADMSG: fix.patch:1: 'diff --git' is to be followed by two paths");
}

TEST(fix, other_kinds_of_diffs_are_refused)
{
	const std::string binary = ": a binary difference; a fix is of text alone";
	EXPECT_EQ(files(git("GIT binary patch\n")), "EBADMSG: fix.patch:2" + binary);
	EXPECT_EQ(files(plain() + "Binary files a/x and b/x differ\n"),
		  "EBADMSG: fix.patch:7" + binary);
	const std::string merge =
		": the combined diff of a merge; make that of one parent, with 'git diff'";
	EXPECT_EQ(files("diff --cc fs/a.c\n"), "EBADMSG: fix.patch:1" + merge);
	EXPECT_EQ(files("@@@ -1 -1 +1 @@@\n"), "EBADMSG: fix.patch:1" + merge);
	EXPECT_EQ(files("*** a/fs/a.c\n--- b/fs/a.c\n***************\n*** 1 ****\n"),
		  "EBADMSG: fix.patch:3: a context diff; make one in unified format, with diff -u");
	for (const char *command :
	     {"1c\nx\n.\n", "5,7d\n", "3,4c5\n< x\n---\n> y\n", "0a1,2\n> x\n"})
		EXPECT_EQ(
			files(plain() + command),
			"EBADMSG: fix.patch:7: a command of ed or of a diff without context; make a "
			"diff in unified format, with diff -u");
	EXPECT_EQ(files(plain() + "Only in b/fs: new.c\n"),
		  "EBADMSG: fix.patch:7: diff names a file that is in one folder only; make the "
		  "diff with -N");
	EXPECT_EQ(files(hunk), "EBADMSG: fix.patch:1: a hunk of no file: '---' and '+++' lines are "
			       "to stand before it");
}

TEST(fix, is_text)
{
	EXPECT_EQ(files(plain() + std::string("\0x", 2)),
		  "EBADMSG: fix.patch:7: has a zero byte; a fix is of text alone");
	EXPECT_EQ(files(std::string(Fix::most_bytes + 1, '\n')),
		  "EFBIG: fix.patch: has 104857601 bytes; a patch may have 104857600");
}

TEST(fix, is_read_once)
{
	Root root;
	root.write("/fix.patch", plain());
	Result<Fix> fix = Fix::read({root.path() + "/fix.patch"});
	ASSERT_EQ(said(fix), "no error");
	root.write("/fix.patch", "another");
	EXPECT_EQ(fix->patches()[0].view(), plain());
	// printf '%s' of it | sha256sum
	EXPECT_EQ(fix->patches()[0].sha256,
		  "ca1f01f2889e4fa3aed67ab778fbf6b7b0f07b5d4cd5978f874487bb5a6b65c1");
	EXPECT_EQ(fix->patches()[0].name, root.path() + "/fix.patch");
	EXPECT_EQ(said(Fix::read({"/dev/zero"})),
		  "EFBIG: /dev/zero: has more than the 104857600 bytes that a patch may have");
	EXPECT_EQ(said(Fix::read({root.path() + "/none"}), root.path()),
		  "ENOENT: cannot open '/none': No such file or directory");
}
