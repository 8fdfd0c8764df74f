// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../tracefs.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

// "name module users flags": I redirects, D direct, L livepatch is named.
static std::string parsed(const std::string &text)
{
	std::string out;
	for (const TracedFunction &function : parse_traced_functions(text))
		out += function.name + (function.module.empty() ? "" : "@" + function.module) +
		       " " + std::to_string(function.users) + " " +
		       (function.ip_modify ? "I" : "-") + (function.direct ? "D" : "-") +
		       (function.livepatch_named ? "L" : "-") + "\n";
	return out;
}

TEST(tracefs, livepatch_alone_is_named_on_6_1)
{
	EXPECT_EQ(
		parsed("cmdline_proc_show (1) R I  \ttramp: 0xffffffffc0a51000 (klp_ftrace_handler+0x0/0x1b0) ->ftrace_regs_caller_op_ptr+0x0/0x9\n"),
		"cmdline_proc_show 1 I-L\n");
}

TEST(tracefs, livepatch_alone_is_named_on_6_12)
{
	EXPECT_EQ(
		parsed("cmdline_proc_show (1) R I     \ttramp: 0xffffffffc0a51000 (klp_ftrace_handler+0x0/0x1b0) ->klp_ftrace_handler+0x0/0x1b0\n"),
		"cmdline_proc_show 1 I-L\n");
	EXPECT_EQ(
		parsed("f (1) R I   O M \ttramp: 0xffffffffc0a51000 (klp_ftrace_handler+0x0/0x1b0) ->klp_ftrace_handler+0x0/0x1b0\tops: 0xffff888003a4d020 (klp_ftrace_handler+0x0/0x1b0)\n"),
		"f 1 I-L\n");
}

TEST(tracefs, a_second_tracer_hides_who_redirects)
{
	EXPECT_EQ(parsed("f (2) R I    ->arch_ftrace_ops_list_func+0x0/0x2a0\n"
			 "g (2) R I     \t->arch_ftrace_ops_list_func+0x0/0x2a0\n"),
		  "f 2 I--\ng 2 I--\n");
}

TEST(tracefs, a_direct_call_takes_a_line_of_its_own)
{
	EXPECT_EQ(
		parsed("f (2) R I D ->arch_ftrace_ops_list_func+0x0/0x2a0\n"
		       "\tdirect-->bpf_trampoline_6442464101+0x0/0x1000\n"
		       "g (1)     D   M \ttramp: ftrace_regs_caller+0x0/0x65 (call_direct_funcs+0x0/0x20)\n"
		       "\tdirect(jmp)-->bpf_trampoline_6442464101+0x0/0x1000\n"),
		"f 2 ID-\ng 1 -D-\n");
}

TEST(tracefs, a_function_of_a_module_names_it)
{
	EXPECT_EQ(
		parsed("target_fn [klprt_test_target] (1) R I  \ttramp: 0xffffffffc0a51000 (klp_ftrace_handler+0x0/0x1b0)\n"),
		"target_fn@klprt_test_target 1 I-L\n");
}

TEST(tracefs, a_tracer_that_only_looks_redirects_nothing)
{
	EXPECT_EQ(
		parsed("f (1) R    \ttramp: 0xffffffffc0a51000 (kprobe_ftrace_handler+0x0/0x1c0)\n"
		       "g (1)      \ttramp: 0xffffffffc0a52000 (function_trace_call+0x0/0x1a0)\n"),
		"f 1 ---\ng 1 ---\n");
}

TEST(tracefs, letters_in_a_handlers_name_are_no_flags)
{
	EXPECT_EQ(parsed("f (1) R    ->My_ID_handler+0x0/0x10 [tracer]\n"), "f 1 ---\n");
}

TEST(tracefs, other_lines_are_passed_over)
{
	EXPECT_EQ(parsed("\n# comment\nf\nf (x) R\nf (1\n"), "");
}

TEST(tracefs, is_found_in_debugfs_where_it_is_mounted_only_there)
{
	Root root;
	root.write("/sys/kernel/debug/tracing/enabled_functions", "f (1) R I  \n");
	EXPECT_EQ(read_traced_functions(root.path())->size(), 1u);
	root.write("/sys/kernel/tracing/README", "");
	root.write("/sys/kernel/tracing/enabled_functions", "");
	EXPECT_TRUE(read_traced_functions(root.path())->empty());
}

TEST(tracefs, that_is_not_mounted_is_ENOENT)
{
	Root root;
	EXPECT_EQ(
		said(read_traced_functions(root.path()), root.path()),
		"ENOENT: cannot open '/sys/kernel/debug/tracing/enabled_functions': No such file or directory");
	EXPECT_EQ(
		said(read_traceable_functions(root.path()), root.path()),
		"ENOENT: cannot open '/sys/kernel/debug/tracing/available_filter_functions': No such file or directory");
}

TEST(tracefs, addresses_come_from_the_file_that_has_them)
{
	Root root;
	root.write("/sys/kernel/tracing/README", "");
	root.write("/sys/kernel/tracing/available_filter_functions", "f\n");
	EXPECT_EQ(read_traceable_functions(root.path())->find("f")[0].address, 0u);
	root.write("/sys/kernel/tracing/available_filter_functions_addrs", "ffffffff81000004 f\n");
	EXPECT_EQ(read_traceable_functions(root.path())->find("f")[0].address, 0xffffffff81000004);
}
