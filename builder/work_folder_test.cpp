// SPDX-License-Identifier: LGPL-2.1-or-later
#include "work_folder.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <optional>

using namespace klp;

static std::string folder_that_ended(bool kept)
{
	Result<WorkFolder> made = WorkFolder::make();
	EXPECT_TRUE(made);
	if (kept)
		made->keep();
	std::optional<WorkFolder> folder(std::move(*made));
	std::string path = folder->path();
	EXPECT_TRUE(std::filesystem::is_directory(path));
	return path;
}

TEST(work_folder, goes_with_the_build)
{
	EXPECT_FALSE(std::filesystem::exists(folder_that_ended(false)));
}

TEST(work_folder, stays_where_it_is_kept)
{
	std::string path = folder_that_ended(true);
	EXPECT_TRUE(std::filesystem::remove(path));
}
