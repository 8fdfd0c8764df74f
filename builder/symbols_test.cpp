// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_said.hpp"
#include "symbols.hpp"
#include "test_fix.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

std::string described(const Result<External> &external)
{
	Placement placement;
	placement.kind = Placement::Kind::external;
	if (external)
		placement.external = *external;
	return external ? Fix::described(placement) : said(external);
}

// A kernel with a module "m" in which "twin" and "own" are.
class Machine {
public:
	Machine()
	{
		kernel.add_module(
			"kernel/m",
			module_of(
				"m",
				{compiled_file("int own(int x) { return get(x); }"
					       "static noinline int twin(int x) { return get(x); }"
					       "int f(int x) { return twin(x) + 1; }",
					       plain),
				 compiled_file(
					 "static noinline int twin(int x) { return get(x) * 2; }"
					 "int g(int x) { return twin(x) + 1; }",
					 plain)}));
		kernel.add_module(
			"kernel/fs/other-fs",
			module_of("other_fs",
				  {compiled_file("int elsewhere(int x) { return x; }", plain)}));
		kernel.exported("spaced", "NS");
		kernel.symvers = "0x00000001\telsewhere\tfs/other-fs\tEXPORT_SYMBOL\t\n"
				 "0x00000002\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n";
	}
	Kernel kernel;
};

}

TEST(kernel_symbols, an_export_of_the_kernels_is_imported)
{
	Machine machine;
	KernelSymbols symbols = machine.kernel.open();
	Result<External> external = symbols.undefined(**symbols.module("kernel/m"), "spaced", 0);
	EXPECT_EQ(described(external), "import spaced");
	EXPECT_EQ(external->crc, 0x1000u);
	EXPECT_EQ(external->name_space, "NS");
	EXPECT_EQ(symbols.vermagic(), "6.1.0-56-test SMP ");
}

TEST(kernel_symbols, what_the_module_has_itself_is_the_modules)
{
	Machine machine;
	KernelSymbols symbols = machine.kernel.open();
	const Image &m = **symbols.module("kernel/m");
	EXPECT_EQ(described(symbols.undefined(m, "own", 0)), "m:own,1");
	std::vector<Image::Symbol> twins = m.find("twin");
	EXPECT_EQ(described(symbols.undefined(m, "twin", twins[1].address)), "m:twin,2");
	EXPECT_EQ(described(symbols.undefined(m, "twin", 0)),
		  "EEXIST: m has 2 symbols 'twin', and klp-build cannot tell which is meant");
}

TEST(kernel_symbols, what_is_not_exported_is_looked_up)
{
	Machine machine;
	KernelSymbols symbols = machine.kernel.open();
	const Image &m = **symbols.module("kernel/m"), &vmlinux = symbols.vmlinux();
	EXPECT_EQ(described(symbols.undefined(m, "secret", 0)), "vmlinux:secret,1");
	EXPECT_EQ(described(symbols.undefined(vmlinux, "twin", text_start + 0x2f00)),
		  "vmlinux:twin,2");
	EXPECT_EQ(described(symbols.undefined(m, "elsewhere", 0)), "other_fs:elsewhere,1");
	EXPECT_EQ(described(symbols.undefined(m, "nowhere", 0)),
		  "ENOENT: vmlinux has no symbol 'nowhere'");
}

TEST(kernel_symbols, what_lies_at_an_address_has_the_name_that_is_asked_for)
{
	Machine machine;
	KernelSymbols symbols = machine.kernel.open();
	const Image &vmlinux = symbols.vmlinux();
	EXPECT_EQ(described(symbols.at(vmlinux, "_stext", text_start)), "vmlinux:_stext,1");
	EXPECT_EQ(described(symbols.at(vmlinux, "_text", text_start)), "vmlinux:_text,1");
	EXPECT_EQ(described(symbols.at(vmlinux, "other", text_start + 0x110)), "vmlinux:fn_1,1");
	EXPECT_EQ(described(symbols.at(vmlinux, "other", text_start + 0x114)), "vmlinux:fn_1,1+4");
	EXPECT_EQ(described(symbols.at(vmlinux, "other", 0x1234)),
		  "ENOENT: nothing in vmlinux has a name at 'other'");
}

TEST(kernel_symbols, a_module_is_read_once)
{
	Machine machine;
	KernelSymbols symbols = machine.kernel.open();
	const Image *m = *symbols.module("kernel/m");
	std::filesystem::remove(machine.kernel.path() + "/modules/kernel/m.ko");
	Result<const Image *> again = symbols.module("kernel/m");
	ASSERT_EQ(said(again), "no error");
	EXPECT_EQ(*again, m);
	EXPECT_EQ(said(symbols.module("kernel/none")),
		  "ENOENT: the kernel has no module 'kernel/none'");
}

TEST(kernel_symbols, what_is_missing_or_malformed_is_told)
{
	Machine machine;
	machine.kernel.symvers = "0x1\tprintk\tvmlinux\n0x2 alone\n";
	EXPECT_EQ(said(machine.kernel.try_open(), machine.kernel.path()),
		  "EBADMSG: /symvers: line 2: not CRC, symbol and module");
	Kernel empty;
	EXPECT_EQ(said(empty.try_open(), empty.path()),
		  "ENOENT: cannot list '/modules': No such file or directory");
	std::filesystem::create_directories(empty.path() + "/modules");
	EXPECT_EQ(said(empty.try_open(), empty.path()), "ENOENT: '/modules' has no modules");
}
