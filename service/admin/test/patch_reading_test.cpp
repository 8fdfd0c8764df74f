// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../../libklp/file.hpp"
#include "../../../libklp/test/test_patch.hpp"
#include "../../tuf/test/test_said.hpp"
#include "../patch_reading.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::admin;
using klp::tuf::test::said;

namespace {

const std::string id = "0f1e2d3c4b5a69788796a5b4c3d2e1f001234567";

class PatchReading : public testing::Test {
protected:
	void SetUp() override
	{
		patch_.is_klp_build = true;
		patch_.replace = true;
		patch_.objects = {{"", {{"g"}, {"f"}}}};
		patch_.modinfo.push_back("klp_build_id=vmlinux:" + id);
	}
	tuf::Checked<PatchToPublish> read(const std::string &release = "",
					  const std::string &build_id = "")
	{
		UniqueFd made = *open_file(path_, O_WRONLY | O_CREAT | O_TRUNC);
		EXPECT_TRUE(write_text(path_, patch_.file()));
		return read_patch(path_, release, build_id);
	}

	klp::test::Patch patch_;
	std::string path_ = testing::TempDir() + "/klp-patch-reading.ko";
};

}

TEST_F(PatchReading, has_the_kernel_and_the_functions)
{
	tuf::Checked<PatchToPublish> patch = read();
	ASSERT_EQ(said(patch), "no fault");
	EXPECT_EQ(patch->kernel, (protocol::KernelId{klp::test::release, id}));
	EXPECT_EQ(patch->facts.replaces, (std::vector<std::string>{"f", "g"}));
	EXPECT_EQ(patch->name, "fix");
	EXPECT_EQ(patch->bytes, patch_.file());
	EXPECT_EQ(said(read(klp::test::release, id)), "no fault");
}

TEST_F(PatchReading, has_the_cves_that_the_module_names)
{
	patch_.modinfo.push_back("klp_fixes=CVE-2026-4444");
	patch_.modinfo.push_back("klp_fixes=bug.17");
	EXPECT_EQ(read()->cves, std::vector<std::string>{"CVE-2026-4444"});
	patch_.modinfo.push_back("klp_fixes=CVE");
	EXPECT_EQ(said(read()), "no fault");
	patch_.modinfo.push_back("klp_fixes=CVE-2026");
	EXPECT_TRUE(said(read()).starts_with("mixed: ")) << said(read());
	patch_.modinfo.resize(patch_.modinfo.size() - 4);
	patch_.name = "fix_cve_2026_5555";
	EXPECT_TRUE(read()->cves.empty());
}

TEST_F(PatchReading, refuses_another_kernel)
{
	EXPECT_TRUE(said(read("6.1.0-1-amd64")).ends_with("not for '6.1.0-1-amd64'"));
	EXPECT_TRUE(said(read("", "ff")).ends_with("not for 'ff'"));
	patch_.modinfo.pop_back();
	EXPECT_TRUE(said(read()).ends_with("name it with --build-id"));
	EXPECT_EQ(read("", id)->kernel.build_id, id);
}

TEST_F(PatchReading, refuses_a_target_without_a_build)
{
	patch_.objects.push_back({"ext4", {{"h"}}});
	EXPECT_TRUE(said(read()).ends_with(
		"does not name the build of the module 'ext4'; build it with klp-build"));
	patch_.modinfo.push_back("klp_build_id=ext4:0a0b0c0d0e0f0a0b");
	EXPECT_EQ(read()->facts.modules.at("ext4"), "0a0b0c0d0e0f0a0b");
}

TEST_F(PatchReading, refuses_what_does_not_replace_others)
{
	patch_.replace = false;
	EXPECT_TRUE(said(read()).find("does not replace the versions before it") !=
		    std::string::npos);
}

TEST_F(PatchReading, refuses_a_module_that_is_no_livepatch)
{
	std::erase(patch_.modinfo, "livepatch=Y");
	EXPECT_TRUE(said(read()).find("is no livepatch") != std::string::npos);
}
