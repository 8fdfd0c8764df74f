// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../runtime.hpp"
#include "test_root.hpp"

#include <cerrno>
#include <gtest/gtest.h>

namespace klp::test {
namespace {

TEST(runtime, without_the_module_it_is_ENOENT)
{
	Root root;
	for (const Result<Runtime> &runtime :
	     {Runtime::open(root.path()), Runtime::open_or_load(root.path())}) {
		ASSERT_FALSE(runtime);
		EXPECT_EQ(runtime.error().code, ENOENT);
	}
}

TEST(runtime, another_file_of_that_name_is_EPROTO)
{
	Root root;
	root.write("/dev/klp_runtime", "");
	auto runtime = Runtime::open(root.path());
	ASSERT_FALSE(runtime);
	EXPECT_EQ(runtime.error().code, EPROTO);
	EXPECT_EQ(runtime.error().message, "'" + root.path() +
						   "/dev/klp_runtime' is not klp_runtime's: "
						   "Inappropriate ioctl for device");
}

}
}
