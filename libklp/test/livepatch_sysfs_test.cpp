// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../file.hpp"
#include "../livepatch_sysfs.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

using Phase = LoadedPatch::Phase;

TEST(livepatch_sysfs, a_patch_of_6_1_is_read)
{
	Root root;
	root.livepatch("fix", {"vmlinux/f,1", "vmlinux/g.isra.0,2", "ext4-/h,1"});
	Result<LoadedPatch> patch = read_livepatch(root.path(), "fix");
	ASSERT_EQ(said(patch), "no error");
	EXPECT_EQ(patch->name, "fix");
	EXPECT_TRUE(patch->enabled);
	EXPECT_FALSE(patch->in_transition);
	EXPECT_EQ(patch->replace, std::nullopt);
	EXPECT_EQ(patch->stack_order, std::nullopt);
	ASSERT_EQ(patch->objects.size(), 2u);
	EXPECT_EQ(patch->objects[0].name, "ext4");
	EXPECT_FALSE(patch->objects[0].patched);
	EXPECT_EQ(patch->objects[1].name, "vmlinux");
	EXPECT_TRUE(patch->objects[1].patched);
	ASSERT_EQ(patch->objects[1].functions.size(), 2u);
	EXPECT_EQ(patch->objects[1].functions[1].name, "g.isra.0");
	EXPECT_EQ(patch->objects[1].functions[1].sympos, 2u);
}

TEST(livepatch_sysfs, what_newer_kernels_add_is_read)
{
	Root root;
	root.livepatch("fix", {});
	root.write("/sys/kernel/livepatch/fix/replace", "1\n");
	root.write("/sys/kernel/livepatch/fix/stack_order", "3\n");
	Result<LoadedPatch> patch = read_livepatch(root.path(), "fix");
	EXPECT_EQ(patch->replace, true);
	EXPECT_EQ(patch->stack_order, 3u);
}

TEST(livepatch_sysfs, enabled_and_transition_make_the_phase)
{
	Root root;
	auto phase = [&](bool enabled, bool transition) {
		root.livepatch("fix", {}, enabled, transition);
		return read_livepatch(root.path(), "fix")->phase();
	};
	EXPECT_EQ(phase(true, false), Phase::enabled);
	EXPECT_EQ(phase(true, true), Phase::patching);
	EXPECT_EQ(phase(false, true), Phase::unpatching);
	EXPECT_EQ(phase(false, false), Phase::disabled);
}

TEST(livepatch_sysfs, a_patch_that_comes_in_is_not_called_unpatching)
{
	Root root;
	root.livepatch("fix", {}, false, true);
	root.write("/sys/module/fix/initstate", "coming\n");
	EXPECT_EQ(read_livepatch(root.path(), "fix")->phase(), Phase::patching);
	root.write("/sys/module/fix/initstate", "live\n");
	EXPECT_EQ(read_livepatch(root.path(), "fix")->phase(), Phase::unpatching);
}

TEST(livepatch_sysfs, a_patch_that_is_not_there_is_ENOENT)
{
	Root root;
	EXPECT_EQ(said(read_livepatch(root.path(), "fix")), "ENOENT: no livepatch 'fix' is loaded");
}

TEST(livepatch_sysfs, a_value_that_is_no_number_is_EBADMSG)
{
	Root root;
	root.livepatch("fix", {"vmlinux/f,1"});
	root.write("/sys/kernel/livepatch/fix/transition", "yes\n");
	EXPECT_EQ(said(read_livepatch(root.path(), "fix"), root.path()),
		  "EBADMSG: '/sys/kernel/livepatch/fix/transition' holds 'yes', not a number");
	root.livepatch("fix", {"vmlinux/f,1x"});
	EXPECT_EQ(said(read_livepatch(root.path(), "fix"), root.path()),
		  "EBADMSG: '/sys/kernel/livepatch/fix/vmlinux/f,1x' is not FUNCTION,SYMPOS");
}

TEST(livepatch_sysfs, a_file_that_is_missing_while_the_patch_is_there_is_told)
{
	Root root;
	root.folder("/sys/kernel/livepatch/fix");
	EXPECT_EQ(
		said(read_livepatch(root.path(), "fix"), root.path()),
		"ENOENT: cannot open '/sys/kernel/livepatch/fix/enabled': No such file or directory");
}

TEST(livepatch_sysfs, patches_are_listed)
{
	Root root;
	EXPECT_FALSE(livepatch_sysfs_exists(root.path()));
	EXPECT_EQ(said(list_livepatches(root.path()), root.path()),
		  "ENOENT: cannot list '/sys/kernel/livepatch': No such file or directory");
	root.livepatch("b", {});
	root.livepatch("a", {});
	EXPECT_TRUE(livepatch_sysfs_exists(root.path()));
	EXPECT_EQ(list_livepatches(root.path()).value(), (std::vector<std::string>{"a", "b"}));
}

TEST(livepatch_sysfs, enabling_writes_a_digit)
{
	Root root;
	root.livepatch("fix", {}, true);
	EXPECT_EQ(said(set_livepatch_enabled(root.path(), "fix", false)), "no error");
	EXPECT_FALSE(read_livepatch(root.path(), "fix")->enabled);
	EXPECT_EQ(
		said(set_livepatch_enabled(root.path(), "other", true), root.path()),
		"ENOENT: cannot open '/sys/kernel/livepatch/other/enabled': No such file or directory");
}

TEST(livepatch_sysfs, a_name_leads_out_of_no_folder)
{
	Root root;
	root.write("/sys/kernel/livepatch/.keep", "");
	for (const char *file : {"enabled", "transition"})
		root.write(std::string("/sys/x/") + file, "1\n");
	std::string too_long(56, 'x');
	for (const std::string &name :
	     {std::string("../../x"), std::string("/sys/x"), std::string(".."), std::string("."),
	      std::string(".x"), std::string(), std::string("x/../y"), too_long}) {
		std::string words =
			"EINVAL: '" + name +
			"' is no module's name: these have 1 to 55 letters, no '/' and no '.' in front";
		EXPECT_EQ(said(read_livepatch(root.path(), name)), words);
		EXPECT_EQ(said(livepatch_in_transition(root.path(), name)), words);
		EXPECT_EQ(said(set_livepatch_enabled(root.path(), name, false)), words);
	}
	EXPECT_EQ(read_line(root.path() + "/sys/x/enabled"), "1");
	EXPECT_EQ(read_livepatch(root.path(), too_long.substr(1)).error().code, ENOENT);
}
