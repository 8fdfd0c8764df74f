// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../../libklp/test/test_root.hpp"
#include "../../../libklp/test/test_said.hpp"
#include "../durable_folder.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace klp;
using namespace klp::test;
using klp::tuf::DurableFolder;

TEST(tuf_durable_folder, a_file_is_replaced_and_read)
{
	Root root;
	DurableFolder folder = *DurableFolder::open(root.path() + "/f");
	EXPECT_EQ(folder.read("a", 10).value(), std::nullopt);
	EXPECT_EQ(said(folder.replace("a", "one")), "no error");
	EXPECT_EQ(said(folder.replace("a", "")), "no error");
	EXPECT_EQ(folder.read("a", 10).value(), "");
	EXPECT_EQ(said(folder.replace("a", std::string(100'000, 'x'))), "no error");
	EXPECT_EQ(folder.read("a", 100'000).value(), std::string(100'000, 'x'));
	EXPECT_EQ(said(folder.read("a", 99'999), root.path()),
		  "EFBIG: '/f/a' is larger than 99999 bytes");
	EXPECT_EQ(folder.names().value(), (std::vector<std::string>{"a"}));
}

TEST(tuf_durable_folder, a_new_file_never_takes_a_name_that_is_there)
{
	Root root;
	DurableFolder folder = *DurableFolder::open(root.path() + "/f");
	EXPECT_EQ(said(folder.create("a", "one")), "no error");
	EXPECT_EQ(said(folder.create("a", "two"), root.path()),
		  "EEXIST: cannot make '/f/a': File exists");
	EXPECT_EQ(folder.read("a", 10).value(), "one");
	EXPECT_EQ(folder.names().value(), (std::vector<std::string>{"a"}));
	std::filesystem::create_symlink("nowhere", root.path() + "/f/b");
	EXPECT_EQ(said(folder.create("b", "two"), root.path()),
		  "EEXIST: cannot make '/f/b': File exists");
	EXPECT_EQ(said(folder.read("b", 10), root.path()),
		  "ELOOP: cannot open '/f/b': Too many levels of symbolic links");
}

TEST(tuf_durable_folder, a_link_is_replaced_not_followed)
{
	Root root;
	root.write("/else", "keep");
	DurableFolder folder = *DurableFolder::open(root.path() + "/f");
	for (const char *name : {"a", DurableFolder::part_name})
		std::filesystem::create_symlink("../else", root.path() + "/f/" + name);
	EXPECT_EQ(said(folder.replace("a", "new")), "no error");
	EXPECT_EQ(folder.read("a", 10).value(), "new");
	DurableFolder above = *DurableFolder::open(root.path());
	EXPECT_EQ(above.read("else", 10).value(), "keep");
}

TEST(tuf_durable_folder, a_part_left_by_a_dead_process_is_removed)
{
	Root root;
	root.write("/f/.part", "half");
	DurableFolder folder = *DurableFolder::open(root.path() + "/f");
	EXPECT_EQ(folder.names().value(), std::vector<std::string>());
}

TEST(tuf_durable_folder, has_one_user_at_a_time)
{
	Root root;
	{
		DurableFolder folder = *DurableFolder::open(root.path());
		EXPECT_EQ(said(DurableFolder::open(root.path()), root.path()),
			  "EBUSY: '' is in use by another process");
	}
	EXPECT_EQ(said(DurableFolder::open(root.path())), "no error");
}

TEST(tuf_durable_folder, a_folder_without_parent_is_an_error)
{
	Root root;
	EXPECT_EQ(said(DurableFolder::open(root.path() + "/a/b"), root.path()),
		  "ENOENT: cannot make '/a/b': No such file or directory");
	root.write("/file", "");
	EXPECT_EQ(said(DurableFolder::open(root.path() + "/file"), root.path()),
		  "ENOTDIR: cannot open '/file': Not a directory");
}

TEST(tuf_durable_folder, a_fifo_makes_nobody_wait)
{
	Root root;
	DurableFolder folder = *DurableFolder::open(root.path());
	ASSERT_EQ(mkfifo((root.path() + "/fifo").c_str(), 0600), 0);
	EXPECT_EQ(folder.read("fifo", 10).value(), "");
}
