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
