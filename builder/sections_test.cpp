// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/file.hpp"
#include "../libklp/module/module_file.hpp"
#include "../libklp/test/test_said.hpp"
#include "sections.hpp"
#include "test_fix.hpp"

#include <filesystem>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

std::string fate_of(std::string_view name)
{
	const SectionKind *kind = section_kind(name);
	return kind ? name_of(kind->fate) : "unknown";
}

// Refused because of a section, or "".
std::string unknown_in(const Object &object)
{
	std::string text;
	for (const Object::UnknownSection &section : object.unknown_sections())
		text += section.name + " " + section.why + "\n";
	return text;
}

std::string with_section(const std::string &directives)
{
	return unknown_in(
		assemble(function("f", "ret") + ".section " + directives + "\n.quad 1\n"));
}

}

TEST(sections, the_compilers_own_names_are_functions_and_variables)
{
	EXPECT_EQ(fate_of(".text.f"), "functions");
	EXPECT_EQ(fate_of(".text.unlikely.f"), "functions");
	EXPECT_EQ(fate_of(".data.count"), "variables");
	EXPECT_EQ(fate_of(".bss.count"), "variables");
	EXPECT_EQ(fate_of(".rodata.f.str1.1"), "constants");
	EXPECT_EQ(fate_of(".data.once"), "variables");
}

TEST(sections, each_kind_of_per_cpu_variable_is_known)
{
	for (const char *name :
	     {"", "..read_mostly", "..shared_aligned", "..page_aligned", "..hot..current_task"})
		EXPECT_EQ(fate_of(".data..percpu" + std::string(name)), "per-CPU variables");
	EXPECT_EQ(fate_of(".data..percpu..first"), "a list of the kernel's own");
	EXPECT_EQ(fate_of(".data..percpu..warm"), "unknown");
}

TEST(sections, what_begins_like_a_known_one_is_not_known)
{
	for (const char *name :
	     {".data..fresh", ".bss..fresh", ".text..fresh", "__jump_table2", ".altinstructions.x",
	      "runtime_", ".init_array", ".fixup", ".klp.unheard", "__bug_tables", ""})
		EXPECT_EQ(fate_of(name), "unknown") << name;
	EXPECT_EQ(fate_of("__timer_of_table"), "a list of the kernel's own");
	EXPECT_EQ(fate_of("__of_table"), "unknown");
}

TEST(sections, an_unknown_one_is_named)
{
	EXPECT_EQ(with_section(".fresh,\"a\""), ".fresh is in no list of what klp-build knows\n");
	// It is not there when the kernel runs.
	EXPECT_EQ(with_section(".fresh"), "");
	EXPECT_EQ(with_section(".data..read_mostly,\"aw\""), "");
}

TEST(sections, so_is_a_known_one_of_another_kind)
{
	EXPECT_EQ(with_section(".ref.data,\"awx\""), ".ref.data is executable\n");
	EXPECT_EQ(with_section(".ref.text,\"aw\""), ".ref.text is not executable\n");
	EXPECT_EQ(with_section(".ref.text,\"awx\""), ".ref.text is code, and writable\n");
	EXPECT_EQ(with_section(".ref.data,\"awT\""), ".ref.data has the flags 0x403\n");
	EXPECT_EQ(with_section(".ref.data,\"aw\",@init_array"), ".ref.data is of type 0xe\n");
	EXPECT_EQ(with_section(".ref.data,\"aM\",@progbits,8"), ".ref.data is mergeable\n");
	EXPECT_EQ(with_section(".rodata.x,\"aMS\",@progbits,8"),
		  ".rodata.x has strings of characters of 8 bytes\n");
	EXPECT_EQ(with_section(".rodata.x,\"aM\",@progbits,3"),
		  ".rodata.x has 8 bytes in entries of 3\n");
}

TEST(sections, an_unknown_one_refuses_the_build_whoever_brings_it)
{
	const std::string fresh = aside(".fresh,\"a\"", ".quad 1");
	for (bool after : {false, true}) {
		FixSource source = fix_in_assembly("", "nop", "nop\nnop");
		(after ? source.after : source.before) += fresh;
		Fix fix(source);
		EXPECT_EQ(fix.refusals(), "unknown-section .fresh: the section '.fresh' is in no "
					  "list of what klp-build knows");
		EXPECT_TRUE(fix.refused());
	}
}

// KLP_TEST_MODULES: folders of modules of complete kernels, separated by colons
// (selftests/sections).
TEST(shipped_modules, have_no_section_that_is_unknown)
{
	const char *folders = getenv("KLP_TEST_MODULES");
	if (!folders)
		GTEST_SKIP() << "set KLP_TEST_MODULES";
	std::istringstream list(folders);
	std::string folder;
	size_t modules = 0;
	std::map<std::string, std::string> unknown;
	while (std::getline(list, folder, ':')) {
		for (const auto &entry : std::filesystem::recursive_directory_iterator(folder)) {
			if (entry.path().filename().string().find(".ko") == std::string::npos)
				continue;
			Result<ModuleFile> module = ModuleFile::open(entry.path());
			ASSERT_EQ(said(module), "no error");
			modules++;
			for (const ElfSection &section : module->elf().sections()) {
				// The symbol table and similar sections are not in memory.
				std::string why = section.type == SHT_PROGBITS ||
								  section.type == SHT_NOBITS ||
								  section.type == SHT_NOTE
							  ? why_unknown(section)
							  : "";
				if (!why.empty())
					unknown.emplace(std::string(section.name),
							why + " in " +
								entry.path().filename().string());
			}
		}
	}
	EXPECT_GT(modules, 1000u);
	for (const auto &[name, why] : unknown)
		ADD_FAILURE() << name << " " << why;
	std::cout << modules << " modules\n";
}
