// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../module/module_file.hpp"
#include "test_compress.hpp"
#include "test_patch.hpp"
#include "test_root.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

using namespace klp;
using namespace klp::test;

static Result<ModuleFile> parse(const std::string &file)
{
	return ModuleFile::parse("x.ko", to_bytes(file));
}

static Result<ModuleFile> parse(const Patch &patch)
{
	return parse(patch.file());
}

TEST(module_file, the_name_is_that_of_struct_module)
{
	Patch patch;
	patch.name = "live-fix-1";
	patch.modinfo = {"name=another"};
	EXPECT_EQ(parse(patch)->name(), "live_fix_1");
}

TEST(module_file, a_file_without_struct_module_is_EBADMSG)
{
	std::string file = with_header(Patch().file(), ".gnu.linkonce.this_module",
				       &Elf64_Shdr::sh_name, Elf64_Word{0});
	EXPECT_EQ(said(parse(file)),
		  "EBADMSG: x.ko: no .gnu.linkonce.this_module: not a kernel module");
}

TEST(module_file, a_struct_module_too_small_for_a_name_is_EBADMSG)
{
	std::string file = with_header(Patch().file(), ".gnu.linkonce.this_module",
				       &Elf64_Shdr::sh_size, Elf64_Xword{79});
	EXPECT_EQ(
		said(parse(file)),
		"EBADMSG: x.ko: .gnu.linkonce.this_module+0: 79 bytes are too few for struct module");
}

TEST(module_file, a_name_that_is_none_is_EBADMSG)
{
	Patch patch;
	for (const std::string &name : {std::string(), std::string(56, 'n')}) {
		patch.name = name;
		EXPECT_EQ(said(parse(patch)),
			  "EBADMSG: x.ko: .gnu.linkonce.this_module+0x18: no module name");
	}
	patch.name = std::string(55, 'n');
	EXPECT_EQ(said(parse(patch)), "no error");
}

TEST(module_file, a_name_that_would_lead_elsewhere_is_EBADMSG)
{
	Patch patch;
	for (const char *name : {"a/b", "..", "a b", "fix\n"}) {
		patch.name = name;
		std::string shown = std::string(name) == "fix\n" ? "fix?" : name;
		EXPECT_EQ(said(parse(patch)), "EBADMSG: x.ko: .gnu.linkonce.this_module+0x18: '" +
						      shown + "' cannot be a module's name");
	}
}

TEST(module_file, modinfo_keys_may_repeat_and_values_hold_equals_signs)
{
	Patch patch;
	patch.modinfo = {"alias=one", "alias=two=2", "empty="};
	Result<ModuleFile> file = parse(patch);
	EXPECT_EQ(file->modinfo("alias"), "one");
	EXPECT_EQ(file->modinfo_all("alias"), (std::vector<std::string_view>{"one", "two=2"}));
	EXPECT_EQ(file->modinfo("empty"), "");
	EXPECT_EQ(file->modinfo("livepatch"), std::nullopt);
}

TEST(module_file, modinfo_may_be_padded_with_zeroes)
{
	Patch patch;
	patch.modinfo = {"", "", "license=GPL", "", "name=fix"};
	EXPECT_EQ(parse(patch)->modinfo("name"), "fix");
}

TEST(module_file, a_modinfo_entry_without_equals_sign_is_EBADMSG)
{
	Patch patch;
	patch.modinfo = {"license=GPL", "livepatch"};
	EXPECT_EQ(said(parse(patch)), "EBADMSG: x.ko: .modinfo+0xc: an entry without '='");
}

TEST(module_file, a_modinfo_entry_without_end_is_EBADMSG)
{
	Patch patch;
	patch.modinfo = {"license=GPL", "livepatch=Y"};
	EXPECT_EQ(said(parse(with_header(patch.file(), ".modinfo", &Elf64_Shdr::sh_size,
					 Elf64_Xword{23}))),
		  "EBADMSG: x.ko: .modinfo+0xc: a string without end");
}

TEST(module_file, versions_are_read)
{
	Patch patch;
	patch.versions = {{"module_layout", 0xdeadbeef}, {"printk", 1}};
	Result<ModuleFile> file = parse(patch);
	ASSERT_EQ(file->versions().size(), 2u);
	EXPECT_EQ(file->versions()[0].name, "module_layout");
	EXPECT_EQ(file->versions()[0].crc, 0xdeadbeef);
	EXPECT_EQ(file->versions()[1].name, "printk");
}

TEST(module_file, versions_of_odd_size_are_EBADMSG)
{
	EXPECT_EQ(said(parse(with_header(Patch().file(), "__versions", &Elf64_Shdr::sh_size,
					 Elf64_Xword{63}))),
		  "EBADMSG: x.ko: __versions+0: a size of 0x3f is no multiple of 64");
}

TEST(module_file, a_version_name_without_end_is_EBADMSG)
{
	Patch patch;
	patch.versions = {{"printk", 1}, {std::string(56, 'v'), 1}};
	EXPECT_EQ(said(parse(patch)), "EBADMSG: x.ko: __versions+0x48: a name without end");
}

TEST(module_file, needed_symbols_are_the_undefined_ones_that_no_livepatch_resolves)
{
	Patch patch;
	patch.needs = {"printk", "klp_enable_patch"};
	patch.relocations = {{".klp.rela.vmlinux..text", ".klp.sym.vmlinux.f,0"}};
	EXPECT_EQ(parse(patch)->needed_symbols(),
		  (std::vector<std::string>{"printk", "klp_enable_patch"}));
}

TEST(module_file, the_build_id_is_hexadecimal)
{
	Patch patch;
	EXPECT_EQ(parse(patch)->build_id(), "");
	patch.build_id = std::string("\x01\xab\0\xff", 4);
	EXPECT_EQ(parse(patch)->build_id(), "01ab00ff");
}

TEST(module_file, a_signature_is_told_by_its_marker_at_the_very_end)
{
	Patch patch;
	EXPECT_FALSE(parse(patch)->is_signed());
	EXPECT_FALSE(parse(patch.file() + "~Module signature appended~\n ")->is_signed());
	patch.signature = "~Module signature appended~\n";
	EXPECT_TRUE(parse(patch)->is_signed());
}

TEST(module_file, kernel_symbols_are_those_that_stay_in_memory_in_the_tables_order)
{
	ElfWriter elf = Patch().writer();
	uint32_t init = elf.add({.name = ".init.text"});
	uint32_t debug = elf.add({.name = ".debug_info", .flags = 0});
	elf.symbol("f", init, 0, STT_FUNC);
	elf.symbol("f", 1, 64, STT_FUNC, STB_LOCAL);
	elf.symbol("f", debug);
	elf.symbol("f", SHN_UNDEF);
	elf.symbol("f", 3, 32, STT_OBJECT, STB_LOCAL);
	elf.symbol("f", SHN_ABS, 7);
	Result<ModuleFile> file = parse(elf.file());
	std::vector<const ElfSymbol *> found = file->kernel_symbols("f");
	ASSERT_EQ(found.size(), 2u);
	EXPECT_EQ(found[0]->value, 64u);
	EXPECT_EQ(found[1]->value, 32u);
}

TEST(module_file, a_function_is_traceable_with_a_site_at_its_entry_or_behind_endbr)
{
	ElfWriter elf = Patch().writer();
	elf.data(1).resize(64);
	for (uint64_t at : {0, 16, 32, 48})
		elf.symbol("f" + std::to_string(at), 1, at, STT_FUNC);
	uint32_t sites = elf.add({.name = "__mcount_loc", .data = std::string(16, '\0')});
	elf.relocate(sites, 0, elf.symbol_of(1), 0);
	elf.relocate(sites, 8, elf.symbol_of(1), 16 + 4);
	uint32_t padding =
		elf.add({.name = "__patchable_function_entries", .data = std::string(8, '\0')});
	elf.relocate(padding, 0, elf.symbol_of(1), 48);
	Result<ModuleFile> file = parse(elf.file());
	auto traceable = [&](const char *name) {
		return file->is_traceable(*file->kernel_symbols(name)[0]).value();
	};
	EXPECT_TRUE(traceable("f0"));
	EXPECT_TRUE(traceable("f16"));
	EXPECT_FALSE(traceable("f32"));
	EXPECT_FALSE(traceable("f48")) << "padding is no site";
}

TEST(module_file, open_unpacks_and_names_the_file_in_errors)
{
	Root root;
	root.write("/a.ko.xz", xz(Patch().file()));
	EXPECT_EQ(ModuleFile::open(root.path() + "/a.ko.xz")->name(), "fix");
	root.write("/b.ko", "no module");
	EXPECT_EQ(said(ModuleFile::open(root.path() + "/b.ko"), root.path()),
		  "EBADMSG: /b.ko: +0: 9 bytes are too few for an ELF header of 64");
	EXPECT_EQ(said(ModuleFile::open(root.path() + "/c.ko"), root.path()),
		  "ENOENT: cannot open '/c.ko': No such file or directory");
	EXPECT_EQ(said(ModuleFile::open(root.path()), root.path()),
		  "EISDIR: cannot read '': Is a directory");
}

TEST(module_file, what_unpacks_to_more_than_a_module_is_EBADMSG)
{
	Root root;
	std::string bomb = zstd(std::string(module_size_limit + 1, '\0'));
	root.write("/bomb.ko.zst", bomb);
	Result<ModuleFile> file = ModuleFile::open(root.path() + "/bomb.ko.zst");
	ASSERT_FALSE(file);
	EXPECT_EQ(file.error().code, EBADMSG);
	EXPECT_EQ(
		file.error().message,
		root.path() +
			"/bomb.ko.zst: unpacks to more than 67108864 bytes; no module is as large");
}

TEST(module_file, a_file_larger_than_a_module_is_EBADMSG_and_not_read_whole)
{
	Root root;
	root.write("/large.ko", "");
	std::string path = root.path() + "/large.ko";
	ASSERT_EQ(truncate(path.c_str(), off_t{1} << 40), 0);
	Result<ModuleFile> file = ModuleFile::open(path);
	ASSERT_FALSE(file);
	EXPECT_EQ(file.error().code, EBADMSG);
	EXPECT_EQ(file.error().message,
		  "'" + path + "' is larger than 67108864 bytes; no module is as large");
	EXPECT_EQ(said(ModuleFile::parse("x.ko", std::vector<std::byte>(module_size_limit + 1))),
		  "EBADMSG: x.ko: +0: 67108865 bytes; a module has at most 67108864");
}

TEST(module_file, modinfo_has_a_limit)
{
	Patch patch;
	// The shortest entries: each takes sixteen times its size in memory.
	std::string many;
	for (size_t i = 0; i < (1 << 19); i++)
		many.append("=\0", 2);
	patch.modinfo = {many};
	patch.license = "";
	EXPECT_EQ(said(patch.parse()),
		  "EBADMSG: fix.ko: .modinfo+0: 1048577 bytes; 1048576 are allowed");
}
