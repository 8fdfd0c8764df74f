// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../tuf/test/test_said.hpp"
#include "../roles.hpp"
#include "../succession.hpp"
#include "examples.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::protocol;
using klp::tuf::test::said;

namespace {

const KernelId kernel = {"6.1.0-55-amd64", test::build_id};

// Version number of the kernel, with these functions.
tuf::Targets targets_of(std::vector<std::vector<std::string>> versions, int64_t first = 1)
{
	tuf::Targets targets = {};
	for (const std::vector<std::string> &functions : versions) {
		tuf::Target target;
		target.length = 5;
		target.hashes["sha256"] = test::digest;
		target.custom = PatchFacts{first, kernel.build_id, {}, functions, true}.to_json();
		targets.targets[patch_path(kernel, "klp_" + std::to_string(first))] = target;
		first++;
	}
	return targets;
}

std::string says(const tuf::Targets &before, const tuf::Targets &after, int64_t replacement = 0)
{
	std::vector<Release> old = *releases_of(before), now = *releases_of(after);
	return said(check_succession(old, now, [&](const KernelId &of, int64_t version) {
		return of == kernel && version == replacement;
	}));
}

}

TEST(protocol_succession, a_version_has_the_functions_of_those_before)
{
	EXPECT_EQ(says({}, targets_of({{"f"}, {"f", "g"}, {"f", "g"}})), "no fault");
	EXPECT_EQ(
		says(targets_of({{"f", "g"}}), targets_of({{"f", "g"}, {"f", "h"}})),
		"mixed: patches/6.1.0-55-amd64/" + test::build_id +
			"/klp_2.ko: does not replace 'g', which version 1 does; a version has all "
			"fixes of those before");
	EXPECT_EQ(says(targets_of({{"f", "g"}}), targets_of({{"f", "g"}, {"f"}}), 2), "no fault");
	EXPECT_NE(says(targets_of({{"f", "g"}}), targets_of({{"f", "g"}, {"f"}}), 3), "no fault");
}

TEST(protocol_succession, versions_are_counted_without_a_gap)
{
	EXPECT_TRUE(says({}, targets_of({{"f"}}, 2)).ends_with("is version 2; the next is 1"));
	std::vector<Release> twins = *releases_of(targets_of({{"f"}}));
	twins.push_back(twins.front());
	twins.back().path = patch_path(kernel, "other");
	auto is_no_replacement = [](const KernelId &, int64_t) { return false; };
	EXPECT_TRUE(said(check_succession({twins.front()}, twins, is_no_replacement))
			    .ends_with("is version 1; the next is 2"));
	tuf::Targets gap = targets_of({{"f"}});
	gap.targets.merge(targets_of({{"f"}}, 3).targets);
	EXPECT_TRUE(says(targets_of({{"f"}}), gap).ends_with("is version 3; the next is 2"));
}

TEST(protocol_succession, a_published_version_neither_goes_nor_changes)
{
	tuf::Targets before = targets_of({{"f"}});
	const std::string words = "version 1 was published, and neither goes nor changes";
	EXPECT_TRUE(says(before, {}).ends_with(words));
	tuf::Targets changed = targets_of({{"f"}});
	changed.targets.begin()->second.hashes["sha256"][0] = '0';
	EXPECT_TRUE(says(before, changed).ends_with(words));
	EXPECT_TRUE(says(before, targets_of({{"f", "g"}})).ends_with(words));
	tuf::Targets moved;
	moved.targets[patch_path(kernel, "other")] = before.targets.begin()->second;
	EXPECT_TRUE(says(before, moved).ends_with(words));
}

TEST(protocol_succession, two_patches_are_not_one_version)
{
	tuf::Targets twice = targets_of({{"f"}});
	twice.targets[patch_path(kernel, "other")] = twice.targets.begin()->second;
	EXPECT_TRUE(said(releases_of(twice)).ends_with("another patch of its kernel is version 1"));
}

TEST(protocol_roles, a_document_stands_at_its_own_path)
{
	std::string kernel_document = test::kernel_support().dump();
	EXPECT_EQ(said(check_document(kernel_path(kernel), kernel_document)), "no fault");
	EXPECT_TRUE(said(check_document("kernels/6.1.0-56-amd64/" + test::build_id + ".json",
					kernel_document))
			    .starts_with("mixed: "));
	EXPECT_EQ(said(check_document(notice_path("ACME-0012-1"), test::notice().dump())),
		  "no fault");
	EXPECT_NE(said(check_document(notice_path("ACME-0012-2"), test::notice().dump())),
		  "no fault");
	EXPECT_EQ(said(check_document(recalls_path(kernel), test::recalls().dump())), "no fault");
	EXPECT_EQ(said(check_document(offers_path("stable", kernel), test::offers().dump())),
		  "no fault");
	EXPECT_NE(said(check_document(offers_path("edge", kernel), test::offers().dump())),
		  "no fault");
	EXPECT_TRUE(said(check_document("farm/x", "{}")).starts_with("mixed: "));
}

TEST(protocol_roles, a_module_has_a_kernel_in_its_path)
{
	EXPECT_EQ(kernel_of_patch(patch_path(kernel, "klp_1")), kernel);
	for (const char *path :
	     {"patches/a/0a/x", "patches/a/x.ko", "patches/../0a/x.ko", "patches/a/0g/x.ko",
	      "patches/a/0a/b/x.ko", "patches/a/0a/.x.ko", "kernels/a/0a/x.ko"})
		EXPECT_FALSE(kernel_of_patch(path)) << path;
}
