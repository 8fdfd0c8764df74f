// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../file.hpp"
#include "test_machine.hpp"

#include <gtest/gtest.h>
#include <klp/load.hpp>

using namespace klp;
using namespace klp::test;

TEST(unload, a_name_leads_to_no_file_elsewhere)
{
	Machine machine;
	for (const char *file : {"enabled", "transition"})
		machine.write(std::string("/sys/x/") + file, "1\n");
	machine.folder("/run");
	Kernel kernel = machine.kernel();
	UnloadOptions options;
	options.timeout = std::chrono::milliseconds(100);
	options.aids = {.assist = false, .bpf = false, .runtime = false};
	UnloadOutcome outcome = unload("../../x", kernel, options);
	EXPECT_EQ(read_line(machine.path() + "/sys/x/enabled"), "1");
	EXPECT_EQ(outcome.result, UnloadResult::failed);
	EXPECT_EQ(outcome.code, EINVAL);
	EXPECT_FALSE(outcome.changed);
	EXPECT_EQ(
		outcome.message,
		"'../../x' is no module's name: these have 1 to 55 letters, no '/' and no '.' in front");
}
