// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/live_view.hpp>

#include "test_machine.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

// Only a running kernel can show that LiveView sees tasks: selftests/scenarios/watch.sh,
// inspect.sh.

TEST(live_view, without_BTF_is_ENOTSUP)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	EXPECT_EQ(said(LiveView::open(kernel)),
		  "EOPNOTSUPP: the kernel has no BTF (/sys/kernel/btf/vmlinux), without which BPF "
		  "cannot look into it");
}

TEST(live_view, confidentiality_is_EPERM)
{
	Machine machine;
	machine.write("/sys/kernel/btf/vmlinux", "");
	machine.write("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	Kernel kernel = machine.kernel();
	EXPECT_EQ(said(LiveView::open(kernel)),
		  "EPERM: lockdown is 'confidentiality', which closes the kernel to BPF; up to "
		  "'integrity' it is open");
}
