// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report.hpp"

#include <gtest/gtest.h>

using namespace klp;

TEST(report, an_unproved_unit_says_what_differs_and_why_it_may)
{
	BuildOutcome outcome;
	outcome.result = BuildResult::unproved;
	BuiltUnit unit;
	unit.name = "fs/pipe.o";
	unit.object = "vmlinux";
	unit.mismatches.push_back({"pipe_read", 18, "90 was compiled, the image has 91"});
	unit.likely_reason = "another compiler";
	outcome.units.push_back(unit);
	nlohmann::ordered_json json = to_json(outcome);
	EXPECT_EQ(json["outcome"], "unproved");
	EXPECT_EQ(
		json["units"][0]["mismatches"][0].dump(),
		R"({"function":"pipe_read","offset":18,"what":"90 was compiled, the image has 91"})");
	EXPECT_EQ(json["units"][0]["likely_reason"], "another compiler");
}

// For people, on stdout.
static std::string printed(const BuildOutcome &outcome)
{
	testing::internal::CaptureStdout();
	print_build(outcome, false);
	fflush(stdout);
	return testing::internal::GetCapturedStdout();
}

TEST(report, one_of_a_kind_is_no_plural)
{
	BuildOutcome outcome;
	outcome.result = BuildResult::built;
	outcome.included = outcome.livepatch_symbols = outcome.livepatch_relocations = 1;
	BuiltUnit unit;
	unit.name = "fs/pipe.o";
	unit.object = "vmlinux";
	unit.functions = unit.references = unit.constants = 1;
	outcome.units.push_back(unit);
	std::string said = printed(outcome);
	EXPECT_NE(
		said.find(
			"proved    fs/pipe.o: 1 function of vmlinux byte for byte, 1 reference solved, 1 constant\n"),
		std::string::npos)
		<< said;
	EXPECT_NE(said.find("includes  1 more part or variable\n"
			    "refers    to 1 symbol that is not exported, in 1 place\n"),
		  std::string::npos)
		<< said;
	outcome.included = outcome.livepatch_symbols = outcome.livepatch_relocations = 2;
	outcome.units[0].functions = 0;
	said = printed(outcome);
	EXPECT_NE(said.find("proved    fs/pipe.o: 0 functions of vmlinux"), std::string::npos)
		<< said;
	EXPECT_NE(said.find("includes  2 more parts and variables\n"
			    "refers    to 2 symbols that are not exported, in 2 places\n"),
		  std::string::npos)
		<< said;
}

TEST(report, a_folder_that_was_kept_is_told)
{
	BuildOutcome outcome;
	outcome.work_folder = "/tmp/klp-build.abc";
	testing::internal::CaptureStderr();
	std::string said = printed(outcome);
	testing::internal::GetCapturedStderr();
	EXPECT_EQ(said, "kept      /tmp/klp-build.abc\n");
	EXPECT_EQ(to_json(outcome)["work_folder"], "/tmp/klp-build.abc");
}
