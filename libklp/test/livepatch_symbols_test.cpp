// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../fail.hpp"
#include "../module/livepatch_symbols.hpp"
#include "test_patch.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

static Result<std::vector<LivepatchSymbol>> symbols(std::vector<Patch::Relocation> entries)
{
	Patch patch;
	patch.relocations = std::move(entries);
	Result<ElfFile> elf = ElfFile::parse("x.ko", patch.bytes());
	if (!elf)
		return std::unexpected(elf.error());
	Result<LivepatchRelocations> relocations = livepatch_relocations(*elf);
	if (!relocations)
		return std::unexpected(relocations.error());
	if (relocations->wrong)
		return fail(EBADMSG, "%s: %s", relocations->wrong->object.c_str(),
			    relocations->wrong->message.c_str());
	return std::move(relocations->symbols);
}

static std::string refusal_of(const std::string &symbol)
{
	return said(symbols({{".klp.rela.vmlinux..text", symbol}}));
}

TEST(livepatch_symbols, object_name_and_position_are_read)
{
	auto found = symbols({{".klp.rela.vmlinux..text", ".klp.sym.jbd2.saved_command_line,0"},
			      {".klp.rela.ext4..text", ".klp.sym.ext4.f.isra.0,12"}});
	ASSERT_EQ(said(found), "no error");
	ASSERT_EQ(found->size(), 2u);
	EXPECT_EQ(found->at(0).section_object, "ext4");
	EXPECT_EQ(found->at(0).name, "f.isra.0");
	EXPECT_EQ(found->at(0).sympos, 12u);
	EXPECT_EQ(found->at(1).section_object, "vmlinux");
	EXPECT_EQ(found->at(1).object, "jbd2");
	EXPECT_EQ(found->at(1).name, "saved_command_line");
	EXPECT_EQ(found->at(1).sympos, 0u);
}

TEST(livepatch_symbols, each_is_told_once_with_the_number_of_its_relocations)
{
	ElfWriter elf = Patch().writer();
	elf.data(1).resize(64);
	uint32_t symbol = elf.symbol(".klp.sym.jbd2.f,1", SHN_LIVEPATCH);
	for (uint64_t at : {0, 8, 16})
		elf.relocate(1, at, symbol, 0, R_X86_64_64, ".klp.rela.vmlinux..text",
			     SHF_RELA_LIVEPATCH);
	elf.relocate(1, 24, symbol, 0, R_X86_64_64, ".klp.rela.ext4..text", SHF_RELA_LIVEPATCH);
	Result<ElfFile> file = ElfFile::parse("x.ko", elf.bytes());
	std::vector<LivepatchSymbol> found = livepatch_relocations(*file)->symbols;
	ASSERT_EQ(found.size(), 2u);
	EXPECT_EQ(found[0].section_object, "ext4");
	EXPECT_EQ(found[0].relocations, 1u);
	EXPECT_EQ(found[1].section_object, "vmlinux");
	EXPECT_EQ(found[1].relocations, 3u);
}

TEST(livepatch_symbols, a_section_of_another_name_is_EBADMSG)
{
	EXPECT_EQ(
		said(symbols({{".rela.vmlinux", ".klp.sym.vmlinux.f,0"}})),
		"EBADMSG: : x.ko: .rela.vmlinux+0: a livepatch relocation section that is not named .klp.rela.OBJECT.SECTION");
	EXPECT_EQ(said(symbols({{".klp.rela." + std::string(56, 'o') + ".text", ".klp.sym.m.f,0"}}))
			  .substr(0, 18),
		  "EBADMSG: : x.ko: .");
	EXPECT_EQ(said(symbols({{".klp.rela.vmlinux", ".klp.sym.vmlinux.f,0"}})), "no error");
}

TEST(livepatch_symbols, a_module_section_refers_to_no_symbol_of_vmlinux)
{
	EXPECT_EQ(
		said(symbols({{".klp.rela.ext4..text", ".klp.sym.vmlinux.f,0"}})),
		"EBADMSG: ext4: x.ko: .klp.rela.ext4..text+0: symbol '.klp.sym.vmlinux.f,0' of vmlinux; only .klp.rela.vmlinux may refer to it");
}

TEST(livepatch_symbols, a_symbol_of_another_form_is_EBADMSG)
{
	for (const char *name : {"f", ".klp.sym.vmlinux", ".klp.sym.vmlinux,0",
				 ".klp.sym.vmlinux.f", ".klp.sym.a,b.f"})
		EXPECT_EQ(
			refusal_of(name),
			std::string("EBADMSG: vmlinux: x.ko: .klp.rela.vmlinux..text+0: symbol '") +
				name + "' is not .klp.sym.OBJECT.NAME,SYMPOS");
}

TEST(livepatch_symbols, a_position_that_is_no_number_is_EBADMSG)
{
	for (const char *position : {"", "x", "1x", "-1", "99999999999999999999"})
		EXPECT_EQ(
			refusal_of(std::string(".klp.sym.vmlinux.f,") + position),
			std::string(
				"EBADMSG: vmlinux: x.ko: .klp.rela.vmlinux..text+0: symbol '.klp.sym.vmlinux.f,") +
				position + "' has no position after the comma");
}

TEST(livepatch_symbols, a_symbol_that_the_module_loader_would_resolve_is_EBADMSG)
{
	EXPECT_EQ(
		said(symbols({{".klp.rela.vmlinux..text", ".klp.sym.vmlinux.f,0", SHN_UNDEF}})),
		"EBADMSG: vmlinux: x.ko: .klp.rela.vmlinux..text+0: symbol '.klp.sym.vmlinux.f,0' is not marked as a livepatch symbol");
}

TEST(livepatch_symbols, lengths_are_those_that_the_kernel_scans)
{
	auto symbol = [](size_t object, size_t name) {
		return ".klp.sym." + std::string(object, 'o') + "." + std::string(name, 'n') + ",0";
	};
	EXPECT_EQ(refusal_of(symbol(55, 511)), "no error");
	for (const std::string &name : {symbol(56, 1), symbol(1, 512), symbol(0, 1), symbol(1, 0)})
		EXPECT_EQ(refusal_of(name),
			  "EBADMSG: vmlinux: x.ko: .klp.rela.vmlinux..text+0: symbol '" +
				  name.substr(0, 100) +
				  "': an object of 1 to 55 letters, a name of 1 to 511");
}
