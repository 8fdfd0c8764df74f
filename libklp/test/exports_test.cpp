// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../exports.hpp"
#include "test_machine.hpp"

#include <algorithm>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

static const std::string symvers = "/lib/modules/6.1.0-56-amd64/build/Module.symvers";

TEST(exports, are_told_by_their_ksymtab_entries)
{
	Machine machine;
	EXPECT_TRUE(machine.kernel().exports("printk").value());
	EXPECT_FALSE(machine.kernel().exports("f").value());
}

TEST(exports, checksums_come_from_the_kernels_memory)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.export_crc("module_layout").value(), 0x11111111u);
	EXPECT_EQ(kernel.export_crc("printk").value(), 0x33333333u);
	EXPECT_EQ(kernel.export_crc("klp_enable_patch").value(), 0x22222222u);
}

TEST(exports, checksums_of_a_module_come_from_its_own_tables)
{
	Machine machine;
	machine.symbol("ffffffffc0003018 r __ksymtab_target_export\t[target]");
	machine.write("/sys/module/target/sections/__ksymtab", "0xffffffffc0003000\n");
	machine.write("/sys/module/target/sections/__ksymtab_gpl", "0xffffffffc0002000\n");
	machine.write("/sys/module/target/sections/__kcrctab", "0xffffffff82000280\n");
	std::string core = core_file(Machine::read_only_data, std::string(0x300, '\x5a'));
	machine.write("/proc/kcore", core);
	EXPECT_EQ(machine.kernel().export_crc("target_export").value(), 0x5a5a5a5au);
}

TEST(exports, terms_are_told_by_the_table_and_its_entries)
{
	Machine machine;
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.export_terms("printk").value(), (ExportTerms{false, ""}));
	EXPECT_EQ(kernel.export_terms("klp_enable_patch").value(), (ExportTerms{true, ""}));
	EXPECT_FALSE(kernel.export_terms("gone"));
}

// As 7.x has it: one table, and a byte of flags for each entry.
TEST(exports, flags_beside_the_table_have_the_terms)
{
	Machine machine;
	machine.symbol("ffffffff82000280 r __start___kflagstab");
	std::string memory = vermagic;
	memory.resize(0x2100);
	memory[0x281] = 1; // printk
	machine.write("/proc/kcore", core_file(Machine::read_only_data, memory));
	Kernel kernel = machine.kernel();
	EXPECT_TRUE(kernel.export_terms("printk")->gpl_only);
	EXPECT_FALSE(kernel.export_terms("module_layout")->gpl_only);
}

TEST(exports, terms_are_in_the_headers_too)
{
	Machine machine;
	machine.remove("/proc/kcore");
	machine.write(symvers, "0xcafe0001\tprintk\tvmlinux\tEXPORT_SYMBOL_GPL\tPRINTS\n"
			       "0xcafe0002\tpanic\tvmlinux\tEXPORT_SYMBOL\t\n");
	Kernel kernel = machine.kernel();
	EXPECT_EQ(kernel.export_terms("printk").value(), (ExportTerms{true, "PRINTS"}));
	EXPECT_EQ(kernel.export_terms("panic").value(), ExportTerms());
}

TEST(exports, without_the_kernels_memory_its_headers_serve)
{
	Machine machine;
	machine.remove("/proc/kcore");
	machine.write(symvers, "0xcafe0001\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n");
	EXPECT_EQ(machine.kernel().export_crc("printk").value(), 0xcafe0001u);
	machine.remove(symvers);
	machine.write("/usr/src/linux-headers-6.1.0-56-amd64/Module.symvers",
		      "0xcafe0002\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n");
	EXPECT_EQ(machine.kernel().export_crc("printk").value(), 0xcafe0002u);
}

TEST(exports, where_nothing_tells_each_reason_is_given)
{
	Machine machine;
	EXPECT_EQ(
		said(machine.kernel().export_crc("gone"), machine.path()),
		"ENODATA: kallsyms hides the address of 'gone'; cannot open '/usr/src/linux-headers-6.1.0-56-amd64/Module.symvers': No such file or directory");
	machine.remove("/proc/kcore");
	machine.write(symvers, "0xcafe0001\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n");
	EXPECT_EQ(
		said(machine.kernel().export_crc("gone"), machine.path()),
		"ENODATA: cannot open '/proc/kcore': No such file or directory; Module.symvers does not have 'gone'");
}

TEST(exports, a_place_between_two_entries_is_not_guessed_at)
{
	Machine machine;
	machine.symbol("ffffffff82001019 r __ksymtab_odd");
	machine.symbol("ffffffff80000000 r __ksymtab_early");
	machine.write(symvers, "");
	for (const char *symbol : {"odd", "early"})
		EXPECT_EQ(
			said(machine.kernel().export_crc(symbol)),
			std::string("ENODATA: '") + symbol +
				"' is in neither __ksymtab nor __ksymtab_gpl; Module.symvers does not have '" +
				symbol + "'");
}

TEST(exports, memory_that_is_not_mapped_is_told)
{
	Machine machine;
	machine.write("/proc/kcore", core_file(0x1000, "small"));
	machine.write(symvers, "");
	EXPECT_EQ(
		said(machine.kernel().export_crc("printk")),
		"ENODATA: no kernel memory at 0xffffffff82000104; Module.symvers does not have 'printk'");
	machine.write("/proc/kcore", "no core file" + std::string(64, '\0'));
	EXPECT_EQ(
		said(machine.kernel().export_crc("printk"), machine.path()),
		"ENODATA: '/proc/kcore' is not an ELF core file; Module.symvers does not have 'printk'");
}

TEST(exports, a_symvers_line_of_another_form_is_told)
{
	Machine machine;
	machine.remove("/proc/kcore");
	for (const char *line :
	     {"printk", "\tprintk\tvmlinux", "x\tprintk\tvmlinux", "0xyz\tprintk\tvmlinux",
	      "00cafe\tprintk\tvmlinux", "0x1 printk vmlinux"}) {
		machine.write(symvers, std::string(line) + "\n");
		std::string shown = line;
		std::ranges::replace(shown, '\t', '?');
		EXPECT_EQ(said(machine.kernel().export_crc("printk"), machine.path()),
			  "ENODATA: cannot open '/proc/kcore': No such file or directory; " +
				  symvers + ": cannot read '" + shown + "'");
	}
}
