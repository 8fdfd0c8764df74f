// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../ftrace_users.hpp"
#include "test_machine.hpp"
#include "test_stacks.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

constexpr uint64_t f = 0xffffffff81001000;
constexpr uint64_t dispatcher = 0xffffffff81100000, aggregate = 0xffffffff81100100,
		   function_trace = 0xffffffff81100200, foreign = 0xffffffffc0001000;

std::optional<std::string> name_of(uint64_t address)
{
	switch (address) {
	case dispatcher:
		return "kprobe_dispatcher";
	case aggregate:
		return "aggr_pre_handler";
	case function_trace:
		return "function_trace_call";
	case foreign:
		return "pre [probe]";
	default:
		return std::nullopt;
	}
}

// "kprobe 81001000 pre [probe] may redirect", a line each.
std::string told(const Stacks &stacks, const char *kallsyms = Stacks::kallsyms)
{
	Machine machine;
	machine.write("/proc/kcore", core_file(Stacks::base, stacks.memory()));
	KernelMemory kcore = KernelMemory::open(machine.path() + "/proc/kcore").value();
	Result<std::vector<FtraceUser>> users = read_ftrace_users(
		kcore, SymbolTable::parse_kallsyms(kallsyms).value(), handler_layout, name_of);
	if (!users)
		return said(users);
	std::string text;
	for (const FtraceUser &user : *users) {
		char address[32];
		snprintf(address, sizeof(address), "%x", static_cast<unsigned>(user.address));
		text += user.kind == FtraceUser::Kind::kprobe ? "kprobe " : "ftrace ";
		text += std::string(address) + " '" + user.handler + "'" +
			(user.may_redirect ? " may redirect\n" : "\n");
	}
	return text;
}

}

TEST(ftrace_users, none_is_no_error)
{
	EXPECT_EQ(told(Stacks()), "");
}

TEST(ftrace_users, the_kernels_own_handlers_look_on_and_others_may_redirect)
{
	Stacks stacks;
	stacks.kprobe(f, foreign);
	stacks.kprobe(f + 0x100, dispatcher);
	stacks.kprobe(f + 0x200, 0);
	stacks.kprobe(f + 0x300, 0xffffffffc0009999);
	stacks.ftrace_ops(foreign);
	stacks.ftrace_ops(function_trace);
	EXPECT_EQ(told(stacks), "kprobe 81001300 '0xffffffffc0009999' may redirect\n"
				"kprobe 81001200 ''\n"
				"kprobe 81001100 'kprobe_dispatcher'\n"
				"kprobe 81001000 'pre [probe]' may redirect\n"
				"ftrace 0 'function_trace_call'\n"
				"ftrace 0 'pre [probe]' may redirect\n");
}

TEST(ftrace_users, several_kprobes_at_one_place_are_each_told)
{
	Stacks stacks;
	stacks.join(stacks.kprobe(f, aggregate), f, foreign);
	EXPECT_EQ(told(stacks), "kprobe 81001000 'pre [probe]' may redirect\n");
}

TEST(ftrace_users, a_kprobe_that_is_disabled_or_gone_does_nothing)
{
	Stacks stacks;
	stacks.kprobe(f, foreign, 1);
	stacks.kprobe(f, foreign, 2);
	EXPECT_EQ(told(stacks), "");
}

TEST(ftrace_users, lists_without_end_and_without_an_address_are_told)
{
	Stacks stacks;
	uint64_t kprobe = stacks.kprobe(f, dispatcher);
	stacks.set(kprobe + handler_layout.kprobe.hlist, kprobe + handler_layout.kprobe.hlist);
	EXPECT_EQ(
		told(stacks),
		"EBADMSG: the lists of kprobes and ftrace_ops in the kernel's memory are inconsistent: a "
		"list of handlers does not end");
	EXPECT_EQ(told(Stacks(), "ffffffff82001020 b kprobe_table\n"),
		  "ENODATA: kallsyms does not show where ftrace_ops_list is");
}
