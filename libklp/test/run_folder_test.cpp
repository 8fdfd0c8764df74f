// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../file.hpp"
#include "../run_folder.hpp"
#include "test_machine.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

using namespace klp;
using namespace klp::test;

static const std::string digest(64, 'd');

TEST(run_folder, is_made_for_root_alone)
{
	Root root;
	root.folder("/run");
	EXPECT_EQ(run_folder(root.path()).value(), root.path() + "/run/klp");
	EXPECT_EQ(said(run_folder(root.path())), "no error");
	struct stat status;
	ASSERT_EQ(stat((root.path() + "/run/klp").c_str(), &status), 0);
	EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST(run_folder, without_run_is_told)
{
	Root root;
	EXPECT_EQ(said(run_folder(root.path()), root.path()),
		  "ENOENT: cannot make '/run/klp': No such file or directory");
}

TEST(run_folder, a_loaded_patch_is_remembered_by_its_bytes)
{
	Root root;
	root.folder("/run");
	root.folder("/sys/module/fix");
	EXPECT_EQ(said(remembered_patch(root.path(), "fix"), root.path()),
		  "ENOENT: cannot open '/run/klp/patches/fix': No such file or directory");
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "", {}})), "no error");
	EXPECT_EQ(remembered_patch(root.path(), "fix").value().sha256, digest);
	EXPECT_EQ(said(remember_patch(root.path(), "fix",
				      {std::string(64, 'e'), "a=1 b=2", {{7, 2}, {9, 1}}})),
		  "no error");
	RememberedPatch patch = remembered_patch(root.path(), "fix").value();
	EXPECT_EQ(patch.sha256, std::string(64, 'e'));
	EXPECT_EQ(patch.parameters, "a=1 b=2");
	ASSERT_EQ(patch.states.size(), 2u);
	EXPECT_EQ(patch.states[1].id, 9u);
	EXPECT_EQ(patch.states[0].version, 2u);
}

// As after a SIGKILL between the insertion and the record of the instance.
TEST(run_folder, a_patch_is_known_by_its_build_from_before_its_insertion)
{
	Root root;
	root.folder("/run");
	std::string note = "/sys/module/fix/notes/.note.gnu.build-id";
	EXPECT_EQ(said(remember_insertion(root.path(), "fix", "0a0b", {digest, "a=1", {}})),
		  "no error");
	EXPECT_EQ(remembered_patch(root.path(), "fix").error().code, ENOENT);
	root.folder("/sys/module/fix");
	EXPECT_EQ(said(remembered_patch(root.path(), "fix")),
		  "ENOENT: the module 'fix' was loaded by other means");
	root.write(note, build_id_note("\x0b\x0c"));
	EXPECT_EQ(said(remembered_patch(root.path(), "fix")),
		  "ENOENT: the module 'fix' was loaded by other means");
	root.write(note, build_id_note("\x0a\x0b"));
	EXPECT_EQ(remembered_patch(root.path(), "fix").value().sha256, digest);
	EXPECT_EQ(remembered_patch(root.path(), "fix").value().parameters, "a=1");
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "", {}})), "no error");
	root.write(note, build_id_note("\x0b\x0c"));
	EXPECT_EQ(remembered_patch(root.path(), "fix").value().sha256, digest);
}

TEST(run_folder, a_patch_that_is_not_removable_is_remembered_so)
{
	Root root;
	root.folder("/run");
	root.folder("/sys/module/fix");
	EXPECT_EQ(why_it_stays(root.path(), "fix"), "");
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "a=1", {{7, 2}}, false})),
		  "no error");
	EXPECT_EQ(
		why_it_stays(root.path(), "fix"),
		"it is marked as not removable, since other code may keep the address of its functions");
	RememberedPatch patch = remembered_patch(root.path(), "fix").value();
	EXPECT_EQ(patch.sha256, digest);
	EXPECT_EQ(patch.parameters, "a=1");
	EXPECT_EQ(patch.states.size(), 1u);
	EXPECT_FALSE(patch.is_removable);
	EXPECT_FALSE(patch.stays_if_replaced);
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "", {}, true, true})),
		  "no error");
	EXPECT_TRUE(remembered_patch(root.path(), "fix").value().stays_if_replaced);
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "", {}})), "no error");
	EXPECT_EQ(why_it_stays(root.path(), "fix"), "");
}

TEST(run_folder, a_patch_stays_once_it_is_replaced)
{
	Root root;
	root.folder("/run");
	root.folder("/sys/module/fix");
	EXPECT_EQ(said(remember_replaced(root.path(), "fix")), "no error");
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "a=1", {}, true, true})),
		  "no error");
	EXPECT_EQ(why_it_stays(root.path(), "fix"), "");
	EXPECT_EQ(said(remember_replaced(root.path(), "fix")), "no error");
	EXPECT_EQ(why_it_stays(root.path(), "fix"),
		  "the kernel calls no callback of a patch that another replaces");
	EXPECT_EQ(remembered_patch(root.path(), "fix").value().parameters, "a=1");
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "", {}})), "no error");
	EXPECT_EQ(said(remember_replaced(root.path(), "fix")), "no error");
	EXPECT_EQ(why_it_stays(root.path(), "fix"), "");
}

TEST(run_folder, the_builds_and_modules_of_a_patch_are_remembered)
{
	Root root;
	root.folder("/run");
	root.folder("/sys/module/fix");
	RememberedPatch made = {digest, "", {}};
	made.target_build_ids = {{"vmlinux", "0a0b"}, {"ext4", "0c0d"}};
	made.relocated = {"ext4", "xfs"};
	EXPECT_EQ(said(remember_patch(root.path(), "fix", made)), "no error");
	RememberedPatch patch = remembered_patch(root.path(), "fix").value();
	EXPECT_EQ(patch.target_build_ids, made.target_build_ids);
	EXPECT_EQ(patch.relocated, made.relocated);
	EXPECT_TRUE(patch.is_removable);
	root.append("/run/klp/patches/fix", "unknown line\n");
	EXPECT_EQ(said(remembered_patch(root.path(), "fix")),
		  "EBADMSG: the record of 'fix' in /run/klp/patches is corrupt");
}

TEST(run_folder, a_reload_by_other_means_voids_what_is_remembered)
{
	Root root;
	root.folder("/run");
	root.folder("/sys/module/fix");
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "", {}})), "no error");
	// Another instance, while the first one's number is still in use.
	root.folder("/sys/module/new");
	std::filesystem::rename(root.path() + "/sys/module/fix", root.path() + "/sys/module/old");
	std::filesystem::rename(root.path() + "/sys/module/new", root.path() + "/sys/module/fix");
	EXPECT_EQ(said(remembered_patch(root.path(), "fix")),
		  "ENOENT: the module 'fix' was loaded by other means");
}

TEST(run_folder, a_module_that_is_gone_is_not_remembered)
{
	Root root;
	root.folder("/run");
	root.folder("/sys/module/fix");
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "", {}})), "no error");
	root.remove("/sys/module/fix");
	EXPECT_EQ(said(remembered_patch(root.path(), "fix"), root.path()),
		  "ENOENT: cannot look at '/sys/module/fix': No such file or directory");
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "", {}}), root.path()),
		  "ENOENT: cannot look at '/sys/module/fix': No such file or directory");
}

TEST(run_folder, forgetting_is_done_once_and_may_be_done_again)
{
	Root root;
	root.folder("/run");
	root.folder("/sys/module/fix");
	EXPECT_EQ(said(remember_patch(root.path(), "fix", {digest, "", {}})), "no error");
	EXPECT_EQ(said(forget_patch(root.path(), "fix")), "no error");
	EXPECT_EQ(said(forget_patch(root.path(), "fix")), "no error");
	EXPECT_FALSE(remembered_patch(root.path(), "fix"));
}

TEST(run_folder, a_name_leads_out_of_no_folder)
{
	Root root;
	root.write("/sys/module/x/refcnt", "0");
	root.write("/run/klp/patches/.keep", "");
	root.write("/run/klp/x", "");
	for (const char *name : {"../x", "", "/x", ".keep"}) {
		EXPECT_EQ(remembered_patch(root.path(), name).error().code, EINVAL) << name;
		EXPECT_EQ(forget_patch(root.path(), name).error().code, EINVAL) << name;
		EXPECT_EQ(remember_patch(root.path(), name, {}).error().code, EINVAL) << name;
	}
	EXPECT_TRUE(exists(root.path() + "/run/klp/x"));
}
