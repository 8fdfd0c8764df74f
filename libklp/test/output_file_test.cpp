// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../output_file.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace klp;
using namespace klp::test;

namespace {

struct output_file : testing::Test {
	std::string checked(const std::string &name)
	{
		return said(OutputFile::check(folder.path() + name), folder.path() + "/");
	}
	// Returns the names in the folder, as "a b".
	std::string names()
	{
		std::set<std::string> sorted;
		for (const auto &entry : std::filesystem::directory_iterator(folder.path()))
			sorted.insert(entry.path().filename());
		std::string text;
		for (const std::string &name : sorted)
			text += (text.empty() ? "" : " ") + name;
		return text;
	}
	void put(const std::string &name, const std::string &text)
	{
		Result<OutputFile> file = OutputFile::make(folder.path() + name);
		ASSERT_TRUE(file) << file.error().message;
		ASSERT_TRUE(file->write(std::as_bytes(std::span(text))));
		Result<> done = file->publish();
		ASSERT_TRUE(done) << done.error().message;
	}

	Root folder;
};

}

TEST_F(output_file, a_place_for_it_is_looked_at_and_nothing_stays_there)
{
	folder.write("/old.ko", "old");
	EXPECT_EQ(checked("/new.ko"), "no error");
	EXPECT_EQ(checked("/old.ko"), "no error");
	EXPECT_EQ(names(), "old.ko");
	EXPECT_EQ(text_of(folder.path() + "/old.ko"), "old");
}

TEST_F(output_file, where_it_cannot_be_written_is_said_with_errno)
{
	folder.folder("/there");
	folder.write("/file", "");
	EXPECT_EQ(checked("/missing/x.ko"),
		  "ENOENT: cannot write 'missing/x.ko': No such file or directory");
	EXPECT_EQ(checked("/file/x.ko"), "ENOTDIR: cannot write 'file/x.ko': Not a directory");
	EXPECT_EQ(checked("/there"),
		  "EISDIR: cannot write 'there': it is a folder; name the file in it");
	EXPECT_EQ(said(OutputFile::check("/dev/null"), ""),
		  "EINVAL: cannot write '/dev/null': it is no regular file");
}

TEST_F(output_file, a_folder_that_may_not_be_written_is_said)
{
	folder.folder("/closed");
	chmod((folder.path() + "/closed").c_str(), 0555);
	chmod(folder.path().c_str(), 0755);
	uid_t user = geteuid();
	// Root may write everywhere.
	ASSERT_EQ(seteuid(user == 0 ? 65534 : user), 0);
	std::string answer = checked("/closed/x.ko");
	ASSERT_EQ(seteuid(user), 0);
	EXPECT_EQ(answer, "EACCES: cannot write 'closed/x.ko': Permission denied");
}

TEST_F(output_file, what_is_in_it_is_there_at_once_and_with_the_mode_of_the_umask)
{
	mode_t before = umask(027);
	put("/x.ko", "bytes");
	umask(before);
	struct stat there;
	ASSERT_EQ(stat((folder.path() + "/x.ko").c_str(), &there), 0);
	EXPECT_EQ(there.st_mode & 0777, 0640u);
	EXPECT_EQ(text_of(folder.path() + "/x.ko"), "bytes");
	EXPECT_EQ(names(), "x.ko");
}

TEST_F(output_file, what_was_begun_and_not_finished_is_gone)
{
	{
		Result<OutputFile> file = OutputFile::make(folder.path() + "/x.ko");
		ASSERT_TRUE(file);
		EXPECT_EQ(names(), std::filesystem::path(file->part()).filename());
		OutputFile moved = std::move(*file);
	}
	EXPECT_EQ(names(), "");
}

TEST_F(output_file, links_are_replaced_and_not_followed)
{
	folder.write("/precious", "precious");
	for (const char *name : {"/x.ko", "/x.ko.part"})
		std::filesystem::create_symlink("precious", folder.path() + name);
	put("/x.ko", "bytes");
	EXPECT_EQ(text_of(folder.path() + "/precious"), "precious");
	EXPECT_EQ(text_of(folder.path() + "/x.ko"), "bytes");
	EXPECT_FALSE(std::filesystem::is_symlink(folder.path() + "/x.ko"));
	EXPECT_TRUE(std::filesystem::is_symlink(folder.path() + "/x.ko.part"));
}
