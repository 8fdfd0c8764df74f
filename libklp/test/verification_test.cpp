// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../run_folder.hpp"
#include "test_machine.hpp"
#include "test_stacks.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <klp/verification.hpp>
#include <utility>

using namespace klp;
using namespace klp::test;

namespace {

using Verdict = klp::Verification::Verdict;

const std::string alone = " (1) R I  \ttramp: 0xffffffffc0a51000 (klp_ftrace_handler+0x0/0x1b0)\n";
const std::string beside_another = " (2) R I    ->arch_ftrace_ops_list_func+0x0/0x2a0\n";

struct Verify : testing::Test {
	Verdict verdict(const std::string &name = "fix")
	{
		Kernel kernel = machine.kernel();
		Result<Verification> verification = verify(kernel, name);
		if (!verification) {
			ADD_FAILURE() << said(verification);
			return Verdict::undecided;
		}
		functions.clear();
		stacks_unread = verification->stacks_unread;
		for (const VerifiedFunction &function : verification->functions)
			functions += function.object + " " + function.name + "," +
				     std::to_string(function.sympos) + " " +
				     name_of(function.state) + ": " + function.why + "\n";
		return verification->verdict();
	}

	static std::string name_of(VerifiedFunction::State state)
	{
		static const char *const names[] = {"redirected", "superseded",	    "waiting",
						    "unproved",	  "not_redirected", "unseen"};
		return names[static_cast<int>(state)];
	}

	// Makes the kernel's memory readable, with these lists of livepatch in it.
	void show(const Stacks &stacks)
	{
		machine.write("/proc/kcore", core_file(Stacks::base, stacks.memory()));
		machine.write("/sys/kernel/btf/vmlinux", stack_types());
		if (!std::exchange(has_lists, true))
			machine.append("/proc/kallsyms", Stacks::kallsyms);
	}

	Machine machine;
	bool has_lists = false; // in kallsyms
	std::string stacks_unread;
	std::string functions; // "vmlinux f,1 redirected: why", a line each
};

}

TEST_F(Verify, a_patch_that_is_not_loaded_is_ENOENT)
{
	Kernel kernel = machine.kernel();
	EXPECT_EQ(said(verify(kernel, "fix")), "ENOENT: no livepatch 'fix' is loaded");
}

TEST_F(Verify, functions_that_livepatch_alone_redirects_are_in_force)
{
	machine.livepatch("fix", {"vmlinux/f,1", "target/target_fn,1"});
	machine.traced("f" + alone + "target_fn [target]" + alone);
	EXPECT_EQ(verdict(), Verdict::active);
	EXPECT_EQ(functions, "target target_fn,1 redirected: \nvmlinux f,1 redirected: \n");
}

TEST_F(Verify, a_patch_in_transition_or_disabled_is_not_in_force)
{
	machine.traced("f" + alone);
	machine.livepatch("fix", {"vmlinux/f,1"}, true, true);
	EXPECT_EQ(verdict(), Verdict::not_active);
	machine.livepatch("fix", {"vmlinux/f,1"}, false, false);
	EXPECT_EQ(verdict(), Verdict::not_active);
}

TEST_F(Verify, a_function_that_nobody_redirects_is_not_in_force)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f (1) R    \ttramp: 0xffffffffc0a51000 (function_trace_call+0x0/0x1a0)\n"
		       "f [target]" +
		       alone);
	EXPECT_EQ(verdict(), Verdict::not_active);
	EXPECT_EQ(functions,
		  "vmlinux f,1 not_redirected: no tracer redirects it: calls reach the old code\n");
}

TEST_F(Verify, a_second_tracer_leaves_the_owner_unproved)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f" + beside_another);
	EXPECT_EQ(verdict(), Verdict::unverified);
	EXPECT_EQ(
		functions,
		"vmlinux f,1 unproved: redirected; another tracer hides whether livepatch does that\n");
}

TEST_F(Verify, a_bpf_program_leaves_the_effect_unproved)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f (2) R I D ->arch_ftrace_ops_list_func+0x0/0x2a0\n"
		       "\tdirect-->bpf_trampoline_6442464101+0x0/0x1000\n");
	EXPECT_EQ(verdict(), Verdict::unverified);
	EXPECT_EQ(functions, "vmlinux f,1 unproved: a BPF program may be on it and keep calls from "
			     "the new code: klp lists BPF programs of the running kernel only\n");
}

TEST_F(Verify, without_tracefs_nothing_is_taken_for_verified)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.remove("/sys/kernel/tracing");
	EXPECT_EQ(verdict(), Verdict::undecided);
	EXPECT_EQ(
		functions,
		"vmlinux f,1 unseen: cannot open '" + machine.path() +
			"/sys/kernel/debug/tracing/enabled_functions': No such file or directory\n");
}

TEST_F(Verify, a_module_that_is_not_loaded_is_waited_for)
{
	machine.livepatch("fix", {"vmlinux/f,1", "ext4-/ext4_f,1"});
	machine.traced("f" + alone);
	EXPECT_EQ(verdict(), Verdict::active);
	EXPECT_EQ(functions,
		  "ext4 ext4_f,1 waiting: its module is not loaded\nvmlinux f,1 redirected: \n");
}

TEST_F(Verify, a_name_that_no_module_has_is_not_waited_for)
{
	machine.livepatch("fix", {"vmlinux/f,1", "virtio-blk-/f,1", "dummy.ko-/f,1"});
	machine.traced("f" + alone);
	EXPECT_EQ(verdict(), Verdict::not_active);
	EXPECT_EQ(functions,
		  "dummy.ko f,1 not_redirected: no module is ever named 'dummy.ko' in memory\n"
		  "virtio-blk f,1 not_redirected: no module is ever named 'virtio-blk' in memory\n"
		  "vmlinux f,1 redirected: \n");
}

TEST_F(Verify, an_object_that_is_there_and_not_patched_is_not_in_force)
{
	for (const char *function : {"target-/target_fn,1", "vmlinux-/f,1"}) {
		machine.remove("/sys/kernel/livepatch/fix");
		machine.livepatch("fix", {function});
		machine.traced("f" + alone + "target_fn [target]" + alone);
		EXPECT_EQ(verdict(), Verdict::not_active);
		EXPECT_NE(functions.find("not_redirected: the kernel has not patched its object\n"),
			  std::string::npos);
	}
}

TEST_F(Verify, one_of_two_functions_of_a_name_is_not_both)
{
	machine.livepatch("fix", {"vmlinux/twin,1", "vmlinux/twin,2"});
	machine.traced("twin" + alone + "twin (1) R    \n");
	EXPECT_EQ(verdict(), Verdict::not_active);
	machine.traced("twin" + alone + "twin" + beside_another);
	EXPECT_EQ(verdict(), Verdict::unverified);
	machine.traced("twin" + alone + "twin" + alone);
	EXPECT_EQ(verdict(), Verdict::active);
}

TEST_F(Verify, a_function_is_found_under_any_of_its_names)
{
	machine.symbol("ffffffff81009000 T __x64_sys_getpid\nffffffff81009000 T __ia32_sys_getpid");
	machine.livepatch("fix", {"vmlinux/__x64_sys_getpid,1"});
	machine.traced("__ia32_sys_getpid" + alone);
	EXPECT_EQ(verdict(), Verdict::active);
	EXPECT_EQ(functions, "vmlinux __x64_sys_getpid,1 redirected: \n");
}

TEST_F(Verify, a_later_patch_with_the_same_function_supersedes)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.livepatch("again", {"vmlinux/f,1"});
	machine.traced("f" + alone);
	// The newest first.
	machine.write("/proc/modules",
		      "again 16384 1 - Live 0x0 (K)\nfix 16384 1 - Live 0x0 (K)\n");
	EXPECT_EQ(verdict("fix"), Verdict::superseded);
	EXPECT_EQ(functions, "vmlinux f,1 superseded: again\n");
	EXPECT_EQ(verdict("again"), Verdict::active);
	EXPECT_EQ(functions, "vmlinux f,1 redirected: \n");
}

TEST_F(Verify, the_kernels_own_stack_order_is_believed_first)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.livepatch("again", {"vmlinux/f,1"});
	machine.write("/sys/kernel/livepatch/fix/stack_order", "2\n");
	machine.write("/sys/kernel/livepatch/again/stack_order", "1\n");
	machine.traced("f" + alone);
	machine.write("/proc/modules",
		      "again 16384 1 - Live 0x0 (K)\nfix 16384 1 - Live 0x0 (K)\n");
	EXPECT_EQ(verdict("fix"), Verdict::active);
	EXPECT_EQ(functions, "vmlinux f,1 redirected: \n");
	EXPECT_EQ(verdict("again"), Verdict::superseded);
	EXPECT_EQ(functions, "vmlinux f,1 superseded: fix\n");
}

TEST_F(Verify, a_later_patch_that_is_disabled_supersedes_nothing)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.livepatch("again", {"vmlinux/f,1"}, false);
	machine.traced("f" + alone);
	machine.write("/proc/modules",
		      "again 16384 1 - Live 0x0 (K)\nfix 16384 1 - Live 0x0 (K)\n");
	EXPECT_EQ(verdict("fix"), Verdict::active);
	EXPECT_EQ(functions, "vmlinux f,1 redirected: \n");
}

TEST_F(Verify, ftrace_that_is_off_redirects_nothing_whatever_is_listed)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f" + alone);
	machine.write("/proc/sys/kernel/ftrace_enabled", "0\n");
	EXPECT_EQ(verdict(), Verdict::not_active);
	EXPECT_EQ(
		functions,
		"vmlinux f,1 not_redirected: ftrace is off (kernel.ftrace_enabled is 0): nothing says that calls reach the new code\n");
	machine.remove("/proc/sys/kernel/ftrace_enabled");
	EXPECT_EQ(verdict(), Verdict::undecided);
}

TEST_F(Verify, who_cannot_read_livepatchs_lists_is_told_why)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f" + alone);
	EXPECT_EQ(verdict(), Verdict::active);
	EXPECT_EQ(stacks_unread, "cannot open '" + machine.path() +
					 "/sys/kernel/btf/vmlinux': No such file or directory");
	machine.remove("/proc/kcore");
	EXPECT_EQ(verdict(), Verdict::active);
	EXPECT_EQ(stacks_unread,
		  "cannot open '" + machine.path() + "/proc/kcore': No such file or directory");
}

TEST_F(Verify, the_first_of_a_stack_is_in_force_whoever_else_traces_it)
{
	Stacks stacks;
	stacks.patch("fix", {{"vmlinux/f,1", 0xffffffff81001000}});
	stacks.stack({"fix/vmlinux/f,1"});
	show(stacks);
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f" + beside_another);
	EXPECT_EQ(verdict(), Verdict::active);
	EXPECT_EQ(functions, "vmlinux f,1 redirected: \n");
	EXPECT_EQ(stacks_unread, "");
	machine.traced("f (1) R    \n");
	EXPECT_EQ(verdict(), Verdict::not_active);
}

TEST_F(Verify, a_foreign_handler_beside_livepatch_leaves_the_order_unproved)
{
	constexpr uint64_t f = 0xffffffff81001000, looks_on = 0xffffffff81004000,
			   foreign = 0xffffffffc0001000; // target_fn
	auto with = [&](const std::function<void(Stacks *)> &add) {
		Stacks stacks;
		stacks.patch("fix", {{"vmlinux/f,1", f}});
		stacks.stack({"fix/vmlinux/f,1"});
		add(&stacks);
		show(stacks);
		Verdict found = verdict();
		return found == Verdict::active	      ? "active"
		       : found == Verdict::unverified ? functions
						      : "something else";
	};
	machine.symbol("ffffffff81004000 t kprobe_dispatcher");
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f" + beside_another);
	EXPECT_EQ(with([&](Stacks *stacks) { stacks->kprobe(f + 4, looks_on); }), "active");
	EXPECT_EQ(with([&](Stacks *stacks) { stacks->kprobe(f + 4, foreign); }),
		  "vmlinux f,1 unproved: a kprobe with the handler 'target_fn [target]' is on it "
		  "and may send calls elsewhere\n");
	// One kprobe within the body, which the redirect silences, and one on another function.
	EXPECT_EQ(with([&](Stacks *stacks) {
			  stacks->kprobe(f + 0x20, foreign);
			  stacks->kprobe(f - 0x20, foreign);
		  }),
		  "active");
	EXPECT_EQ(with([&](Stacks *stacks) { stacks->ftrace_ops(foreign); }),
		  "vmlinux f,1 unproved: an ftrace_ops with the handler 'target_fn [target]' may "
		  "be on it and send calls elsewhere\n");
	// The second user is the kprobe, so the ftrace_ops is on another function.
	EXPECT_EQ(with([&](Stacks *stacks) {
			  stacks->kprobe(f + 4, looks_on);
			  stacks->ftrace_ops(foreign);
		  }),
		  "active");
}

TEST_F(Verify, another_build_of_an_object_is_no_verified_target)
{
	machine.livepatch("fix", {"vmlinux/f,1", "target/target_fn,1"});
	machine.traced("f" + alone + "target_fn [target]" + alone);
	machine.folder("/sys/module/fix");
	RememberedPatch made = {"", "", {}};
	made.target_build_ids = {{"vmlinux", "0a0b"}, {"target", "0c0d"}, {"ext4", "0e0f"}};
	ASSERT_TRUE(remember_patch(machine.path(), "fix", made));
	EXPECT_EQ(verdict(), Verdict::active);
	machine.write("/sys/module/target/notes/.note.gnu.build-id", build_id_note("\x0c\x0e"));
	EXPECT_EQ(verdict(), Verdict::unverified);
	EXPECT_EQ(functions, "target target_fn,1 unproved: the patch was made for the build 0c0d "
			     "of target; in memory is 0c0e\n"
			     "vmlinux f,1 redirected: \n");
	machine.write("/sys/kernel/notes", build_id_note("\x0a\x0c"));
	EXPECT_EQ(verdict(), Verdict::unverified);
	EXPECT_NE(functions.find("vmlinux f,1 unproved: the patch was made for the build 0a0b of "
				 "vmlinux; in memory is 0a0c"),
		  std::string::npos)
		<< functions;
	machine.remove("/sys/module/target/notes/.note.gnu.build-id");
	EXPECT_EQ(verdict(), Verdict::unverified);
	EXPECT_NE(functions.find("target target_fn,1 unproved: the build id of target in memory "
				 "cannot be read: "),
		  std::string::npos);
}

TEST_F(Verify, whoever_is_first_on_the_stack_supersedes)
{
	Stacks stacks;
	stacks.patch("again", {{"vmlinux/f,1", 0xffffffff81001000}});
	stacks.patch("fix", {{"vmlinux/f,1", 0xffffffff81001000}});
	stacks.stack({"again/vmlinux/f,1", "fix/vmlinux/f,1"});
	show(stacks);
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.livepatch("again", {"vmlinux/f,1"});
	machine.traced("f" + beside_another);
	// The order in /proc/modules, where fix is above again, does not matter.
	machine.write("/proc/modules",
		      "fix 16384 1 - Live 0x0 (K)\nagain 16384 1 - Live 0x0 (K)\n");
	EXPECT_EQ(verdict("fix"), Verdict::superseded);
	EXPECT_EQ(functions, "vmlinux f,1 superseded: again\n");
	EXPECT_EQ(verdict("again"), Verdict::active);
}

TEST_F(Verify, a_patch_in_transition_over_it_is_told_apart_from_one_in_force)
{
	Stacks stacks;
	stacks.patch("fix", {{"vmlinux/f,1", 0xffffffff81001000}});
	stacks.patch("again", {{"vmlinux/f,1", 0xffffffff81001000, true, true}});
	stacks.stack({"again/vmlinux/f,1", "fix/vmlinux/f,1"});
	show(stacks);
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f" + alone);
	EXPECT_EQ(verdict(), Verdict::unverified);
	EXPECT_EQ(functions, "vmlinux f,1 unproved: 'again' is in transition over it: some tasks "
			     "call that one's code\n");
}

TEST_F(Verify, what_sysfs_does_not_yet_tell_of_a_transition_is_no_proof)
{
	Stacks stacks;
	stacks.patch("fix", {{"vmlinux/f,1", 0xffffffff81001000, false, true}});
	stacks.stack({"fix/vmlinux/f,1"});
	show(stacks);
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f" + alone);
	EXPECT_EQ(verdict(), Verdict::unverified);
	EXPECT_EQ(functions, "vmlinux f,1 unproved: it came into transition meanwhile\n");
	machine.livepatch("fix", {"vmlinux/f,1"}, true, true);
	EXPECT_EQ(verdict(), Verdict::not_active);
	EXPECT_EQ(functions, "vmlinux f,1 redirected: \n");
}

TEST_F(Verify, a_nop_over_it_leads_to_the_old_code)
{
	Stacks stacks;
	stacks.patch("fix", {{"vmlinux/f,1", 0xffffffff81001000}});
	stacks.patch("again", {{"vmlinux/f,1", 0xffffffff81001000, true}});
	stacks.stack({"again/vmlinux/f,1", "fix/vmlinux/f,1"});
	show(stacks);
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f" + alone);
	EXPECT_EQ(verdict(), Verdict::not_active);
	EXPECT_EQ(functions, "vmlinux f,1 not_redirected: 'again' undoes it: calls reach the old "
			     "code\n");
}

TEST_F(Verify, what_is_on_no_stack_or_on_none_that_ftrace_calls_is_not_in_force)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f" + alone);
	Stacks stacks;
	stacks.patch("fix", {{"vmlinux/f,1", 0xffffffff81001000}});
	show(stacks);
	EXPECT_EQ(verdict(), Verdict::not_active);
	EXPECT_EQ(functions,
		  "vmlinux f,1 not_redirected: livepatch's func_stack has no entry of the patch: "
		  "calls reach the old code\n");
	stacks.stack({"fix/vmlinux/f,1"}, 0x10800);
	show(stacks);
	machine.write("/proc/kallsyms", Stacks::kallsyms);
	EXPECT_EQ(verdict(), Verdict::not_active);
	EXPECT_EQ(functions, "vmlinux f,1 not_redirected: ftrace does not call livepatch for it: "
			     "calls reach the old code\n");
}

TEST_F(Verify, lists_without_it_or_without_sense_prove_nothing)
{
	machine.livepatch("fix", {"vmlinux/f,1"});
	machine.traced("f" + alone);
	Stacks stacks;
	stacks.patch("another", {{"vmlinux/f,1", 0xffffffff81001000}});
	show(stacks);
	EXPECT_EQ(verdict(), Verdict::unverified);
	EXPECT_EQ(functions,
		  "vmlinux f,1 unproved: livepatch's list of patches does not have it\n");
	stacks.set(Stacks::ops, 0);
	show(stacks);
	machine.write("/proc/kallsyms", Stacks::kallsyms);
	EXPECT_EQ(verdict(), Verdict::unverified);
	EXPECT_EQ(
		functions,
		"vmlinux f,1 unproved: livepatch's lists in the kernel's memory are inconsistent: no kernel "
		"memory at 0\n");
}
