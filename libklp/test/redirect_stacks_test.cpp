// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../agreed.hpp"
#include "../fail.hpp"
#include "../redirect_stacks.hpp"
#include "test_machine.hpp"
#include "test_stacks.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

constexpr uint64_t f = 0xffffffff81001000, twin = 0xffffffff81003000;

Result<std::vector<Redirect>> read(const std::string &memory,
				   const char *kallsyms = Stacks::kallsyms)
{
	Machine machine;
	machine.write("/proc/kcore", core_file(Stacks::base, memory));
	KernelMemory kcore = KernelMemory::open(machine.path() + "/proc/kcore").value();
	return read_redirects(kcore, SymbolTable::parse_kallsyms(kallsyms).value(), stack_layout);
}

// "fix vmlinux f,1 old 81001000 at 0", a line each.
std::string told(const Result<std::vector<Redirect>> &redirects)
{
	if (!redirects)
		return said(redirects);
	std::string text;
	for (const Redirect &redirect : *redirects) {
		char old_function[32];
		snprintf(old_function, sizeof(old_function), "%x",
			 static_cast<unsigned>(redirect.old_function));
		text += redirect.patch + " " + redirect.object + " " + redirect.function + "," +
			std::to_string(redirect.sympos) + " old " + old_function;
		if (redirect.position)
			text += " at " + std::to_string(*redirect.position);
		text += redirect.is_registered ? "" : " unregistered";
		text += redirect.is_nop ? " nop" : "";
		text += redirect.in_transition ? " moving" : "";
		text += "\n";
	}
	return text;
}

std::vector<Redirect> at(size_t position)
{
	Redirect redirect = {};
	redirect.position = position;
	return {redirect};
}

// Two patches of f; the later one has another object, too.
Stacks two_patches()
{
	Stacks stacks;
	stacks.patch("fix", {{"vmlinux/f,1", f}, {"vmlinux/twin,2", twin}});
	stacks.patch("again", {{"vmlinux/f,1", f}, {"ext4/ext4_f,1", 0}});
	stacks.stack({"again/vmlinux/f,1", "fix/vmlinux/f,1"});
	stacks.stack({"fix/vmlinux/twin,2"});
	return stacks;
}

}

TEST(redirect_stacks, each_function_has_its_place_on_its_stack)
{
	EXPECT_EQ(told(read(two_patches().memory())), "fix vmlinux f,1 old 81001000 at 1\n"
						      "fix vmlinux twin,2 old 81003000 at 0\n"
						      "again ext4 ext4_f,1 old 0 unregistered\n"
						      "again vmlinux f,1 old 81001000 at 0\n");
}

TEST(redirect_stacks, no_livepatch_is_no_error)
{
	EXPECT_EQ(told(read(Stacks().memory())), "");
}

TEST(redirect_stacks, a_position_of_0_is_the_first)
{
	Stacks stacks;
	stacks.patch("fix", {{"vmlinux/f,0", f}});
	EXPECT_EQ(told(read(stacks.memory())), "fix vmlinux f,1 old 81001000 unregistered\n");
}

TEST(redirect_stacks, nops_transitions_and_ops_that_ftrace_does_not_call)
{
	Stacks stacks;
	stacks.patch("fix", {{"vmlinux/f,1", f, true}, {"vmlinux/twin,2", twin, false, true}});
	stacks.stack({"fix/vmlinux/f,1"}, 0x10800);
	stacks.stack({"fix/vmlinux/twin,2"});
	EXPECT_EQ(told(read(stacks.memory())),
		  "fix vmlinux f,1 old 81001000 at 0 unregistered nop\n"
		  "fix vmlinux twin,2 old 81003000 at 0 moving\n");
}

TEST(redirect_stacks, a_kernel_that_hides_its_symbols_is_ENODATA)
{
	EXPECT_EQ(told(read(Stacks().memory(), "ffffffff82001000 D klp_patches\n")),
		  "ENODATA: kallsyms does not show where klp_ops is");
	EXPECT_EQ(told(read(Stacks().memory(), "0000000000000000 D klp_patches\n")),
		  "ENODATA: kallsyms does not show where klp_patches is");
}

TEST(redirect_stacks, links_that_disagree_are_not_believed)
{
	Stacks stacks = two_patches();
	uint64_t node = stacks.address_of("fix/vmlinux/f,1") + stack_layout.func.stack_node;
	stacks.set(node + 8, 0xdead000000000122);
	std::string said = told(read(stacks.memory()));
	EXPECT_TRUE(said.starts_with(
		"EBADMSG: livepatch's lists in the kernel's memory are inconsistent: a list's links "
		"disagree at 0xffffffff82"))
		<< said;
}

TEST(redirect_stacks, a_link_to_nowhere_is_not_believed)
{
	Stacks stacks = two_patches();
	stacks.set(Stacks::ops, 0xdead000000000100);
	EXPECT_EQ(told(read(stacks.memory())),
		  "EBADMSG: livepatch's lists in the kernel's memory are inconsistent: no kernel "
		  "memory at 0xdead000000000100");
}

TEST(redirect_stacks, a_list_that_leads_past_its_head_ends_somewhere)
{
	Stacks stacks = two_patches();
	// The last entry's next is the entry itself, and its links agree.
	uint64_t node = stacks.address_of("fix/vmlinux/f,1") + stack_layout.func.stack_node;
	stacks.set(node, node);
	stacks.set(node + 8, node);
	std::string said = told(read(stacks.memory()));
	EXPECT_TRUE(said.starts_with(
		"EBADMSG: livepatch's lists in the kernel's memory are inconsistent: a list's links"))
		<< said;
}

TEST(redirect_stacks, a_function_of_no_patch_on_a_stack_is_not_believed)
{
	Stacks stacks = two_patches();
	// The patches are gone, the stacks are not.
	stacks.set(Stacks::patches, Stacks::patches);
	stacks.set(Stacks::patches + 8, Stacks::patches);
	std::string said = told(read(stacks.memory()));
	EXPECT_TRUE(said.starts_with(
		"EBADMSG: livepatch's lists in the kernel's memory are inconsistent: no livepatch has "
		"the function at 0xffffffff82"))
		<< said;
}

TEST(redirect_stacks, a_stack_of_two_old_functions_is_not_believed)
{
	Stacks stacks;
	stacks.patch("fix", {{"vmlinux/f,1", f}, {"vmlinux/twin,2", twin}});
	stacks.stack({"fix/vmlinux/f,1", "fix/vmlinux/twin,2"});
	EXPECT_EQ(
		told(read(stacks.memory())),
		"EBADMSG: livepatch's lists in the kernel's memory are inconsistent: one func_stack "
		"has entries of several functions");
}

TEST(redirect_stacks, a_name_without_an_end_is_not_believed)
{
	Stacks stacks;
	stacks.patch("fix", {{"vmlinux/f,1", f}});
	std::string memory = stacks.memory();
	uint64_t name = Stacks::base + memory.size();
	stacks.set(stacks.address_of("fix/vmlinux/f,1") + stack_layout.func.old_name, name);
	EXPECT_EQ(
		told(read(stacks.memory() + std::string(600, 'x'))),
		"EBADMSG: livepatch's lists in the kernel's memory are inconsistent: a name does not end within 512 letters");
}

TEST(redirect_stacks, what_changes_is_read_again_until_two_readings_agree)
{
	std::vector<Result<std::vector<Redirect>>> readings;
	for (size_t position : {0, 1, 1})
		readings.push_back(at(position));
	readings.insert(readings.begin() + 1, fail(EFAULT, "no kernel memory at 0x0"));
	size_t read = 0;
	auto next = [&] { return readings.at(read++); };
	EXPECT_TRUE(agreed<std::vector<Redirect>>("livepatch's lists", next));
	EXPECT_EQ(read, 4u);
}

TEST(redirect_stacks, what_changes_all_the_while_is_EBUSY)
{
	size_t read = 0;
	auto next = [&]() -> Result<std::vector<Redirect>> { return at(read++); };
	EXPECT_EQ(said(agreed<std::vector<Redirect>>("livepatch's lists", next)),
		  "EBUSY: livepatch's lists changed each of the 6 times that "
		  "they were read");
	EXPECT_EQ(read, 6u);
}
