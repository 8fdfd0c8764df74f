// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../cpus.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;
using List = std::vector<int>;

TEST(cpus, a_list_has_ranges_and_single_ones)
{
	EXPECT_EQ(parse_cpu_list("0-3,8,10-11").value(), (List{0, 1, 2, 3, 8, 10, 11}));
	EXPECT_EQ(parse_cpu_list("").value(), List{});
}

TEST(cpus, what_is_no_list_is_told)
{
	for (const char *text : {"(null)", "3-1", "1-", "-1", "0x1", "1,,2", "9999"})
		EXPECT_EQ(said(parse_cpu_list(text)),
			  "EBADMSG: '" + std::string(text) + "' is no list of CPUs such as 0-3,8");
}

TEST(cpus, isolated_and_tickless_ones_are_reserved)
{
	Root root;
	root.write("/sys/devices/system/cpu/online", "0-3\n");
	EXPECT_EQ(reserved_cpus(root.path()), List{});
	root.write("/sys/devices/system/cpu/isolated", "\n");
	root.write("/sys/devices/system/cpu/nohz_full", "  (null)\n");
	EXPECT_EQ(reserved_cpus(root.path()), List{});
	root.write("/sys/devices/system/cpu/isolated", "2\n");
	root.write("/sys/devices/system/cpu/nohz_full", "3\n");
	EXPECT_EQ(reserved_cpus(root.path()), (List{2, 3}));
	EXPECT_EQ(online_cpus(root.path()).value(), (List{0, 1, 2, 3}));
}

TEST(cpus, waiting_for_a_disk_is_not_being_busy)
{
	Root root;
	root.write("/proc/stat", "cpu  9 9 9 9 9 9 9 9 9 9\n"
				 "cpu0 1 2 4 100 50 8 16 32 1 2\n"
				 "cpu1 0 0 0 70 0 0 0 0 0 0\n"
				 "intr 12 0\nctxt 5\n");
	std::map<int, CpuTime> times = read_cpu_times(root.path()).value();
	ASSERT_EQ(times.size(), 2u);
	EXPECT_EQ(times[0].busy, 63u);
	EXPECT_EQ(times[0].total, 213u);
	EXPECT_EQ(times[1].busy, 0u);
	EXPECT_EQ(times[1].total, 70u);
}
