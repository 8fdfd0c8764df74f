// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../module/module_file.hpp"
#include "../module/self_calls.hpp"
#include "test_patch.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

constexpr uint32_t text = 1; // of Patch::writer()

// Code of new_f that ends in a call, and helper behind it with another one.
struct Code {
	Code()
	{
		Patch patch;
		patch.is_static = false;
		elf = patch.writer();
		elf.data(text) = std::string("\x31\xc0\xe8\0\0\0\0\xc3", 8) +
				 std::string("\x31\xc0\xe9\0\0\0\0\xc3", 8);
		function("new_f", 0);
		function("helper", 8);
	}
	void function(const std::string &name, uint64_t at)
	{
		elf.symbol(name, text, at, STT_FUNC, STB_LOCAL, 8);
	}
	void call(uint64_t at, const std::string &name, uint16_t section = SHN_UNDEF)
	{
		elf.relocate(text, at, elf.symbol(name, section), -4, R_X86_64_PLT32,
			     section == SHN_LIVEPATCH ? ".klp.rela.vmlinux..text" : "",
			     section == SHN_LIVEPATCH ? SHF_RELA_LIVEPATCH | SHF_ALLOC : 0);
	}
	bool calls_itself(const std::string &object = "vmlinux")
	{
		ModuleFile file = ModuleFile::parse("x.ko", to_bytes(elf.file())).value();
		std::vector<PatchedObject> objects = {
			{object, object != "vmlinux", true, {{"f", 0, "new_f"}}, {}}};
		EXPECT_EQ(said(SelfCalls::find(file.elf(), &objects)), "no error");
		return objects[0].functions[0].calls_itself;
	}

	ElfWriter elf;
};

}

TEST(self_calls, a_call_of_the_import_comes_back)
{
	Code code;
	code.call(3, "f");
	EXPECT_TRUE(code.calls_itself());
	EXPECT_TRUE(code.calls_itself("ext4"));
}

TEST(self_calls, a_call_of_something_else_does_not)
{
	Code code;
	code.call(3, "g");
	EXPECT_FALSE(code.calls_itself());
}

TEST(self_calls, an_import_whose_address_is_taken_is_not_called)
{
	Code code;
	code.elf.relocate(text, 4, code.elf.symbol("f", SHN_UNDEF), 0, R_X86_64_32S);
	EXPECT_FALSE(code.calls_itself());
}

TEST(self_calls, a_livepatch_symbol_is_of_its_object)
{
	Code code;
	code.call(3, ".klp.sym.ext4.f,1", SHN_LIVEPATCH);
	EXPECT_FALSE(code.calls_itself());
	EXPECT_TRUE(code.calls_itself("ext4"));
}

TEST(self_calls, functions_that_it_calls_in_the_patch_are_followed)
{
	for (bool relocated : {false, true}) {
		Code code;
		code.call(11, "f");
		EXPECT_FALSE(code.calls_itself());
		if (relocated)
			code.elf.relocate(text, 3, code.elf.symbol_of(text), 8 - 4, R_X86_64_PLT32);
		else
			put(&code.elf.data(text), 3, int32_t{8 - 7});
		EXPECT_TRUE(code.calls_itself());
	}
}

TEST(self_calls, a_short_jump_is_followed_too)
{
	Code code;
	code.call(11, "f");
	code.elf.data(text).replace(2, 2, "\xeb\x04");
	EXPECT_TRUE(code.calls_itself());
}
