// SPDX-License-Identifier: LGPL-2.1-or-later
// A folder with a kernel that does not run: its image and its modules.
#pragma once

#include "test_image.hpp"
#include "test_patch.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <klp/kernel.hpp>

namespace klp::test {

inline constexpr uint64_t vermagic_at = text_start + 0x2000, sites_at = text_start + 0x2100;
constexpr uint64_t livepatch_at = text_start + 0x2200, init_end = init_start + 0x100;

// A kernel with sites for ftrace at fn_0, behind fn_1's ENDBR, at the second twin, at an __init
// function and at klp_enable_patch; and the module ext4.
struct Disk : Root {
	Disk()
	{
		std::string sites;
		for (uint64_t site : {text_start + 0x100, text_start + 0x114, text_start + 0x2f00,
				      livepatch_at, init_start + 0x10})
			append_value(&sites, site);
		writer.code.replace(vermagic_at - text_start, strlen(vermagic) + 1,
				    std::string(vermagic) + '\0');
		writer.code.replace(sites_at - text_start, sites.size(), sites);
		writer.add(vermagic_at, 'r', "vermagic");
		writer.add(sites_at, 't', "__start_mcount_loc");
		writer.add(sites_at + sites.size(), 't', "__stop_mcount_loc");
		writer.add(text_start + 0x130, 'T', "module_layout");
		writer.add(livepatch_at, 'T', "klp_enable_patch");
		writer.add(init_start, 'T', "__init_begin");
		writer.add(init_start + 0x10, 't', "set_up");
		writer.add(init_end, 'T', "__init_end");
		writer.exports.push_back({"module_layout", text_start + 0x130, 0x55555555});
		writer.gpl_exports.push_back({"klp_enable_patch", livepatch_at, 0x66666666});
		std::ranges::sort(writer.exports, {}, &KernelWriter::Export::name);
		std::ranges::sort(writer.gpl_exports, {}, &KernelWriter::Export::name);
		writer.banner = "Linux version " + std::string(release) + " (me@here) (gcc-12)\n";
		write("/vmlinuz", writer.file());
		module_on_disk(release, "ext4", with_export(Patch().writer()));
		write("/lib/modules/" + std::string(release) + "/modules.dep", "ext4.ko:\n");
	}

	// The module exports ext4_fn, in the second entry of __ksymtab_gpl, in the namespace EXT4.
	static std::string with_export(ElfWriter elf)
	{
		std::string crcs;
		append_value(&crcs, 0x01010101);
		append_value(&crcs, 0x02020202);
		uint32_t table =
			elf.add({.name = "__ksymtab_gpl", .data = std::string(2 * 12, '\0')});
		elf.add({.name = "__kcrctab_gpl", .data = crcs});
		elf.symbol("", table, 0, STT_SECTION, STB_LOCAL);
		elf.symbol("__ksymtab_ext4_fn", table, 12, STT_OBJECT, STB_LOCAL);
		uint32_t strings = elf.add(
			{.name = "__ksymtab_strings", .data = std::string("ext4_fn\0EXT4\0", 13)});
		elf.symbol("__kstrtabns_ext4_fn", strings, 8, STT_NOTYPE, STB_LOCAL);
		return elf.file();
	}

	Kernel kernel() const { return Kernel::on_disk(path()).value(); }

	KernelWriter writer;
};

}
