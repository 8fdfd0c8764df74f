// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../fail.hpp"
#include "../kprobes.hpp"
#include "../tracers.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <cerrno>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

using Kind = Tracer::Kind;

const Result<std::vector<Tracer>> nobody = std::vector<Tracer>{};

// "vmlinux f kprobe name 0 may suppress", a line each.
std::string told(const std::vector<Tracer> &tracers)
{
	std::string text;
	for (const Tracer &tracer : tracers)
		text += tracer.object + " " + tracer.function + " " + name_of(tracer.kind) + " '" +
			tracer.name + "' " + std::to_string(tracer.id) +
			(tracer.may_suppress ? " may suppress\n" : "\n");
	return text;
}

}

TEST(tracers, a_program_that_answers_is_told_by_its_name)
{
	for (Kind kind : {Kind::fmod_ret, Kind::lsm}) {
		Tracers tracers({{{"vmlinux", "f", Kind::fentry, "watch", 7, false},
				  {"vmlinux", "f", kind, "deny", 9, true}}},
				nobody);
		EXPECT_EQ(tracers.look("vmlinux", {"f"}, 2, true),
			  std::string("a ") + name_of(kind) +
				  " program, 'deny' (id 9), is on it and may keep calls from the "
				  "new code");
		EXPECT_EQ(told(std::move(tracers).found()),
			  std::string("vmlinux f fentry 'watch' 7\nvmlinux f ") + name_of(kind) +
				  " 'deny' 9 may suppress\n");
	}
}

TEST(tracers, programs_on_other_functions_do_not_matter)
{
	Tracers tracers({{{"vmlinux", "g", Kind::fmod_ret, "deny", 9, true},
			  {"ext4", "f", Kind::fmod_ret, "deny", 9, true},
			  {"vmlinux", "__ia32_f", Kind::fexit, "watch", 7, false}}},
			nobody);
	EXPECT_EQ(tracers.look("vmlinux", {"f", "__ia32_f"}, 2, true), "");
	EXPECT_EQ(told(std::move(tracers).found()), "vmlinux __ia32_f fexit 'watch' 7\n");
}

TEST(tracers, a_direct_call_that_nobody_explains_may_suppress)
{
	Tracers none(nobody, nobody);
	EXPECT_EQ(none.look("vmlinux", {"f"}, 2, true),
		  "a direct call that is no BPF program's is on it and may keep calls from the new "
		  "code");
	EXPECT_EQ(told(std::move(none).found()), "vmlinux f direct '' 0 may suppress\n");
	Tracers unasked(fail(EPERM, "cannot list BPF links: Operation not permitted"), nobody);
	EXPECT_EQ(unasked.look("vmlinux", {"f"}, 2, true),
		  "a BPF program may be on it and keep calls from the new code: cannot list BPF "
		  "links: Operation not permitted");
}

TEST(tracers, bpf_is_not_asked_where_no_direct_call_is)
{
	Tracers tracers(fail(EPERM, "asked"), nobody);
	EXPECT_EQ(tracers.look("vmlinux", {"f"}, 1, false), "");
	EXPECT_EQ(told(std::move(tracers).found()), "");
}

TEST(tracers, users_that_nobody_names_are_ftraces)
{
	std::vector<Tracer> probes = {{"vmlinux", "f", Kind::kprobe, "", 0, false},
				      {"vmlinux", "f", Kind::kprobe, "+0x1c", 0, false}};
	Tracers tracers(nobody, probes);
	EXPECT_EQ(tracers.look("vmlinux", {"f"}, 2, false), "");
	EXPECT_EQ(tracers.look("vmlinux", {"g"}, 2, false), "");
	EXPECT_EQ(told(std::move(tracers).found()),
		  "vmlinux f kprobe '' 0\nvmlinux f kprobe '+0x1c' "
		  "0\nvmlinux g ftrace '' 0\n");
}

TEST(tracers, kprobes_are_those_of_debugfs)
{
	Root root;
	root.write("/sys/kernel/debug/kprobes/list",
		   "ffffffff8133a7c0  k  f+0x0    [FTRACE]\n"
		   "ffffffff8133a7c4  r  f+0x4    [FTRACE]\n"
		   "ffffffff8133a7dc  k  f+0x1c    [OPTIMIZED]\n"
		   "ffffffff8133a7dd  k  off+0x0    [DISABLED][FTRACE]\n"
		   "ffffffffc0a510c0  k  target_fn+0x0  target [FTRACE]\n");
	EXPECT_EQ(told(read_kprobes(root.path()).value()), "vmlinux f kprobe '' 0\n"
							   "vmlinux f kretprobe '' 0\n"
							   "vmlinux f kprobe '+0x1c' 0\n"
							   "target target_fn kprobe '' 0\n");
}

TEST(tracers, a_kprobe_where_errors_may_be_injected_may_suppress)
{
	Root root;
	root.write("/sys/kernel/debug/kprobes/list", "ffffffff8133a7c0  k  f+0x0    [FTRACE]\n"
						     "ffffffff8133a7c0  r  f+0x0    [FTRACE]\n"
						     "ffffffff8133b7c0  k  g+0x0    [FTRACE]\n");
	root.write("/sys/kernel/debug/error_injection/list", "should_failslab\tERRNO\nf\tERRNO\n");
	EXPECT_EQ(told(read_kprobes(root.path()).value()), "vmlinux f kprobe '' 0 may suppress\n"
							   "vmlinux f kretprobe '' 0\n"
							   "vmlinux g kprobe '' 0\n");
}
