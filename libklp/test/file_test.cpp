// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../file.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <thread>

using namespace klp;
using namespace klp::test;

static std::string numbers(size_t size)
{
	std::string text;
	for (int i = 0; text.size() < size; i++)
		text += std::to_string(i);
	return text.substr(0, size);
}

TEST(file, a_file_of_any_size_is_read_whole)
{
	Root root;
	for (size_t size : {size_t{0}, size_t{1}, size_t{64 << 10}, size_t{300'000}}) {
		const std::string text = numbers(size);
		root.write("/f", text);
		EXPECT_TRUE(read_text(root.path() + "/f") == text) << size;
		EXPECT_TRUE(read_bytes(root.path() + "/f", size) == to_bytes(text)) << size;
	}
}

// As procfs and sysfs are.
TEST(file, a_file_that_tells_no_size_is_read_whole)
{
	Root root;
	const std::string text = numbers(300'000), path = root.path() + "/fifo";
	ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
	std::thread first([&] { root.append("/fifo", text); });
	EXPECT_TRUE(read_text(path) == text);
	first.join();
	std::thread second([&] { root.append("/fifo", text); });
	EXPECT_TRUE(read_bytes(path, 1 << 20) == to_bytes(text));
	second.join();
}

TEST(file, more_than_the_limit_is_EFBIG)
{
	Root root;
	root.write("/f", numbers(101));
	EXPECT_EQ(said(read_bytes(root.path() + "/f", 100), root.path()),
		  "EFBIG: '/f' is larger than 100 bytes");
}

TEST(file, a_line_ends_at_its_newline_or_at_the_end)
{
	Root root;
	for (const char *text : {"one\ntwo\n", "one\n", "one"}) {
		root.write("/f", text);
		EXPECT_EQ(read_line(root.path() + "/f").value(), "one");
	}
}

TEST(file, writing_makes_no_file)
{
	Root root;
	EXPECT_EQ(said(write_text(root.path() + "/f", "1"), root.path()),
		  "ENOENT: cannot open '/f': No such file or directory");
	root.write("/f", "");
	EXPECT_EQ(said(write_text(root.path() + "/f", "1")), "no error");
	EXPECT_EQ(read_text(root.path() + "/f").value(), "1");
	EXPECT_EQ(said(write_text("/dev/full", "1")),
		  "ENOSPC: cannot write '1' to '/dev/full': No space left on device");
}

TEST(file, a_folder_is_listed_in_order)
{
	Root root;
	for (const char *name : {"/d/b", "/d/a", "/d/.c"})
		root.write(name, "");
	EXPECT_EQ(list_folder(root.path() + "/d").value(),
		  (std::vector<std::string>{".c", "a", "b"}));
	EXPECT_EQ(said(list_folder(root.path() + "/e"), root.path()),
		  "ENOENT: cannot list '/e': No such file or directory");
}
