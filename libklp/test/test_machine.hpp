// SPDX-License-Identifier: LGPL-2.1-or-later
// A Root with a 6.1 kernel in it: the functions f and twin (two of them), the module
// "target" with target_fn, three exports, everything in order.
#pragma once

#include "test_patch.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <klp/kernel.hpp>

namespace klp::test {

// An ELF core file of one segment, as /proc/kcore is.
inline std::string core_file(uint64_t address, const std::string &memory)
{
	Elf64_Ehdr header = {};
	memcpy(header.e_ident, ELFMAG, SELFMAG);
	header.e_type = ET_CORE;
	header.e_phoff = sizeof(header);
	header.e_phentsize = sizeof(Elf64_Phdr);
	header.e_phnum = 1;
	Elf64_Phdr segment = {};
	segment.p_type = PT_LOAD;
	segment.p_vaddr = address;
	segment.p_memsz = memory.size();
	segment.p_offset = sizeof(header) + sizeof(segment);
	std::string file;
	put(&file, 0, header);
	put(&file, sizeof(header), segment);
	return file + memory;
}

inline std::string build_id_note(const std::string &id)
{
	std::string note;
	put(&note, 0, Elf64_Nhdr{4, static_cast<uint32_t>(id.size()), NT_GNU_BUILD_ID});
	return note.append("GNU\0", 4) + id;
}

struct Machine : Root {
	static constexpr uint64_t read_only_data = 0xffffffff82000000;

	Machine()
	{
		write("/proc/sys/kernel/osrelease", std::string(release) + "\n");
		write("/proc/sys/kernel/ftrace_enabled", "1\n");
		write("/proc/sys/kernel/modules_disabled", "0\n");
		write("/sys/module/module/parameters/sig_enforce", "N\n");
		write("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
		folder("/sys/kernel/livepatch");
		folder("/run");
		write("/sys/kernel/notes", build_id_note("\x0a\x0b"));
		write("/sys/module/target/notes/.note.gnu.build-id", build_id_note("\x0c\x0d"));
		write("/sys/kernel/tracing/README", "");
		write("/sys/kernel/tracing/enabled_functions", "");
		write("/sys/kernel/tracing/available_filter_functions",
		      "f\ntwin\ntwin\ntarget_fn [target]\n");
		write("/proc/modules", "target 16384 0 - Live 0xffffffffc0000000 (OE)\n");
		write("/proc/kallsyms", "ffffffff81001000 T f\n"
					"ffffffff81002000 t twin\n"
					"ffffffff81003000 t twin\n"
					"ffffffff82000000 r vermagic\n"
					"ffffffff82000100 r __start___kcrctab\n"
					"ffffffff82000200 r __start___kcrctab_gpl\n"
					"ffffffff82001000 r __ksymtab_module_layout\n"
					"ffffffff82001000 r __start___ksymtab\n"
					"ffffffff8200100c r __ksymtab_printk\n"
					"ffffffff82002000 r __ksymtab_klp_enable_patch\n"
					"ffffffff82002000 r __start___ksymtab_gpl\n"
					"ffffffffc0001000 t target_fn\t[target]\n");
		std::string memory = vermagic;
		// Behind __ksymtab_gpl, too: no export has a namespace.
		memory.resize(0x2100);
		put(&memory, 0x100, uint32_t{0x11111111}); // module_layout
		put(&memory, 0x104, uint32_t{0x33333333}); // printk
		put(&memory, 0x200, uint32_t{0x22222222}); // klp_enable_patch
		write("/proc/kcore", core_file(read_only_data, memory));
	}

	Kernel kernel() const { return Kernel::running(path()).value(); }
	void symbol(const std::string &line) const { append("/proc/kallsyms", line + "\n"); }
	void traced(const std::string &lines) const
	{
		write("/sys/kernel/tracing/enabled_functions", lines);
	}
};

}
