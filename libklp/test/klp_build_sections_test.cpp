// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../module/encoding.hpp"
#include "../module/module_file.hpp"
#include "test_patch.hpp"
#include "test_said.hpp"

#include <functional>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

Result<std::optional<DecodedPatch>> decode(const std::string &file)
{
	Result<ModuleFile> module_file = ModuleFile::parse("x.ko", to_bytes(file));
	if (!module_file)
		return std::unexpected(module_file.error());
	const ElfFile &elf = module_file->elf();
	return decode_klp_build_sections(elf, ModulePointers::read(elf).value(), {});
}

Patch klp_build()
{
	Patch patch;
	patch.is_klp_build = true;
	return patch;
}

// Sections as the kernel's klp-build leaves them, without ours.
std::string kernels(const std::function<void(ElfWriter *, uint32_t objects, uint32_t funcs)> &fill,
		    const std::string &name = ".init.klp_objects")
{
	Patch patch;
	patch.is_static = false;
	ElfWriter elf = patch.writer();
	uint32_t objects = elf.add({.name = name});
	uint32_t funcs = elf.add({.name = ".init.klp_funcs"});
	elf.data(2) = std::string("ext4\0f\0", 7); // .rodata.str1.1
	elf.data(objects).resize(64);
	elf.data(funcs).resize(48);
	fill(&elf, objects, funcs);
	return elf.file();
}

std::string refusal_of(const std::function<void(ElfWriter *, uint32_t, uint32_t)> &fill)
{
	return said(decode(kernels(fill)));
}

void one_function(ElfWriter *elf, uint32_t objects, uint32_t funcs)
{
	elf->relocate(objects, 0, elf->symbol_of(2), 0);
	elf->relocate(objects, 8, elf->symbol_of(funcs), 24);
	put(&elf->data(objects), 56, 1u);
	elf->relocate(funcs, 24, elf->symbol_of(2), 5);
	elf->relocate(funcs, 32, elf->symbol("g", 1, 0, STT_FUNC));
	put(&elf->data(funcs), 40, 3ul);
}

}

TEST(klp_build_sections, what_our_klp_build_writes_is_read_whole)
{
	Patch patch = klp_build();
	patch.objects = {{"", {{"f"}, {"g", 2}}}, {"ext4", {{"h", 1}}, {0, 3}}};
	patch.replace = true;
	patch.pins_targets = true;
	patch.states = {{7, 3}, {9, 1}};
	Result<std::optional<DecodedPatch>> decoded = decode(patch.file());
	ASSERT_EQ(said(decoded), "no error");
	ASSERT_TRUE(*decoded);
	EXPECT_EQ((*decoded)->encoding, PatchFile::Encoding::klp_build_sections);
	const std::vector<PatchedObject> &found = (*decoded)->objects;
	ASSERT_EQ(found.size(), 2u);
	EXPECT_EQ(found[0].name, "vmlinux");
	EXPECT_FALSE(found[0].is_module);
	EXPECT_TRUE(found[0].has_functions);
	EXPECT_TRUE(found[0].callbacks.empty());
	ASSERT_EQ(found[0].functions.size(), 2u);
	EXPECT_EQ(found[0].functions[0].name, "f");
	EXPECT_EQ(found[0].functions[0].sympos, 0u);
	EXPECT_EQ(found[0].functions[0].replacement, "new_f");
	EXPECT_EQ(found[0].functions[1].sympos, 2u);
	EXPECT_EQ(found[1].name, "ext4");
	EXPECT_TRUE(found[1].is_module);
	EXPECT_EQ(found[1].functions[0].replacement, "new_h");
	EXPECT_EQ(found[1].callbacks, (std::vector<std::string>{"pre_patch", "post_unpatch"}));
	EXPECT_EQ((*decoded)->replace, true);
	EXPECT_TRUE((*decoded)->pins_targets);
	ASSERT_EQ((*decoded)->states.size(), 2u);
	EXPECT_EQ((*decoded)->states[0].id, 7u);
	EXPECT_EQ((*decoded)->states[0].version, 3u);
	EXPECT_TRUE((*decoded)->unknowns.empty());
}

TEST(klp_build_sections, without_flags_and_states_it_has_none)
{
	Patch patch = klp_build();
	patch.objects = {{"", {{"f", 0, false}}}};
	Result<std::optional<DecodedPatch>> decoded = decode(patch.file());
	ASSERT_EQ(said(decoded), "no error");
	EXPECT_EQ((*decoded)->replace, false);
	EXPECT_FALSE((*decoded)->pins_targets);
	EXPECT_TRUE((*decoded)->states.empty());
	EXPECT_EQ((*decoded)->objects[0].functions[0].replacement, "");
}

TEST(klp_build_sections, of_the_kernels_klp_build_replace_is_unknown)
{
	for (const char *name : {".init.klp_objects", "__klp_objects"}) {
		Result<std::optional<DecodedPatch>> decoded = decode(kernels(one_function, name));
		ASSERT_EQ(said(decoded), "no error");
		ASSERT_EQ((*decoded)->objects.size(), 1u);
		EXPECT_EQ((*decoded)->objects[0].name, "ext4");
		ASSERT_EQ((*decoded)->objects[0].functions.size(), 1u);
		EXPECT_EQ((*decoded)->objects[0].functions[0].name, "f");
		EXPECT_EQ((*decoded)->objects[0].functions[0].sympos, 3u);
		EXPECT_EQ((*decoded)->objects[0].functions[0].replacement, "g");
		EXPECT_EQ((*decoded)->replace, std::nullopt);
		EXPECT_EQ(
			(*decoded)->unknowns,
			std::vector<std::string>{
				"replace was decided when the patch was compiled, and is not written down"});
	}
}

TEST(klp_build_sections, before_post_link_it_is_unfinished)
{
	auto unfinished = [](uint16_t section) {
		Result<std::optional<DecodedPatch>> decoded =
			decode(kernels([&](ElfWriter *elf, uint32_t objects, uint32_t funcs) {
				one_function(elf, objects, funcs);
				elf->symbol(".klp.sym.ext4.h,0", section, 0, STT_NOTYPE, STB_WEAK);
			}));
		return decoded ? (*decoded)->unfinished : said(decoded);
	};
	EXPECT_EQ(
		unfinished(SHN_UNDEF),
		"'objtool klp post-link' has not run on it: to the kernel, '.klp.sym.ext4.h,0' is an ordinary symbol that is nowhere");
	EXPECT_EQ(unfinished(0xff20), ""); // SHN_LIVEPATCH
}

TEST(klp_build_sections, a_patch_file_has_it)
{
	Patch patch = klp_build();
	patch.objects = {{"ext4", {{"f"}}}};
	patch.pins_targets = true;
	Result<PatchFile> file = patch.parse();
	ASSERT_EQ(said(file), "no error");
	EXPECT_EQ(file->encoding(), PatchFile::Encoding::klp_build_sections);
	EXPECT_TRUE(file->pins_targets());
	EXPECT_EQ(file->objects()[0].functions[0].name, "f");
	// No module exports the weak klprt_states.
	EXPECT_TRUE(file->needed_symbols().empty());
}

TEST(klp_build_sections, a_module_without_them_is_left_to_others)
{
	EXPECT_FALSE(decode(Patch().file())->has_value());
}

TEST(klp_build_sections, no_whole_number_of_objects_is_EBADMSG)
{
	EXPECT_EQ(refusal_of([](ElfWriter *elf, uint32_t objects, uint32_t) {
			  elf->data(objects).resize(63);
		  }),
		  "EBADMSG: x.ko: .init.klp_objects+0: 0x3f bytes are no array of entries of 64");
	std::string file = with_header(klp_build().file(), ".init.klp_objects",
				       &Elf64_Shdr::sh_type, Elf64_Word{SHT_NOBITS});
	file = with_header(file, ".init.klp_objects", &Elf64_Shdr::sh_size, Elf64_Xword{64});
	EXPECT_EQ(said(decode(file)),
		  "EBADMSG: x.ko: .init.klp_objects+0: 0x40 bytes are no array of entries of 64");
}

TEST(klp_build_sections, functions_that_are_nowhere_are_EBADMSG)
{
	EXPECT_EQ(refusal_of([](ElfWriter *elf, uint32_t objects, uint32_t) {
			  put(&elf->data(objects), 56, 2u);
		  }),
		  "EBADMSG: x.ko: .init.klp_objects+0x38: 2 functions, and no pointer to them");
	EXPECT_EQ(refusal_of([](ElfWriter *elf, uint32_t objects, uint32_t funcs) {
			  one_function(elf, objects, funcs);
			  put(&elf->data(objects), 56, 2u);
		  }),
		  "EBADMSG: x.ko: .init.klp_funcs+0x30: a function without a name");
	EXPECT_EQ(
		refusal_of([](ElfWriter *elf, uint32_t objects, uint32_t funcs) {
			one_function(elf, objects, funcs);
			elf->data(funcs).resize(40);
		}),
		"EBADMSG: x.ko: .init.klp_funcs+0x28: a livepatch structure reaches past the section's 40 bytes");
}

TEST(klp_build_sections, names_outside_the_module_are_EBADMSG)
{
	EXPECT_EQ(refusal_of([](ElfWriter *elf, uint32_t objects, uint32_t) {
			  elf->relocate(objects, 0, elf->symbol("elsewhere", SHN_UNDEF));
		  }),
		  "EBADMSG: x.ko: .init.klp_objects+0: a name that points outside the module");
	EXPECT_EQ(refusal_of([](ElfWriter *elf, uint32_t objects, uint32_t) {
			  elf->relocate(objects, 0, elf->symbol_of(2), 100);
		  }),
		  "EBADMSG: x.ko: .rodata.str1.1+0x64: a string beyond its 7 bytes");
}

TEST(klp_build_sections, many_objects_that_share_their_functions_are_EBADMSG)
{
	EXPECT_EQ(
		refusal_of([](ElfWriter *elf, uint32_t objects, uint32_t funcs) {
			constexpr uint64_t count = 400;
			elf->data(objects).resize(count * 64);
			elf->data(funcs).resize(count * 24);
			for (uint64_t i = 0; i < count; i++) {
				elf->relocate(objects, i * 64 + 8, elf->symbol_of(funcs));
				put<unsigned>(&elf->data(objects), i * 64 + 56, count);
				elf->relocate(funcs, i * 24, elf->symbol_of(2), 5);
			}
		}),
		"EBADMSG: x.ko: .init.klp_objects+0x3e78: 400 functions, more than a patch ever has");
}

TEST(klp_build_sections, symbols_that_do_not_span_the_section_are_EBADMSG)
{
	auto with = [](const char *symbol, uint64_t value) {
		Patch patch = klp_build();
		patch.objects = {{"", {{"f"}}}};
		ElfWriter elf = patch.writer();
		elf.symbol(symbol, 7, value); // .modinfo and __versions before it
		return said(decode(elf.file()));
	};
	EXPECT_EQ(with("klprt_objects", 0),
		  "EBADMSG: x.ko: .init.klp_objects+0: a second 'klprt_objects'");
	EXPECT_EQ(with("klprt_flags", 0),
		  "EBADMSG: x.ko: .init.klp_objects+0: a second 'klprt_flags'");
	auto without_end = [](uint64_t end) {
		return refusal_of([&](ElfWriter *elf, uint32_t objects, uint32_t funcs) {
			one_function(elf, objects, funcs);
			elf->symbol("klprt_flags", 1, 0);
			elf->data(1).resize(4);
			elf->symbol("klprt_objects", objects, 0);
			elf->symbol("klprt_objects_end", objects, end);
		});
	};
	EXPECT_EQ(without_end(64), "no error");
	EXPECT_EQ(
		without_end(0),
		"EBADMSG: x.ko: .init.klp_objects+0: klprt_objects to klprt_objects_end is not this section");
}

TEST(klp_build_sections, flags_that_are_not_known_are_EBADMSG)
{
	std::string file = klp_build().file();
	put(&file, data_of(file, ".rodata"), 17u);
	EXPECT_EQ(said(decode(file)),
		  "EBADMSG: x.ko: .rodata+0: klprt_flags is 0x11, of which only 0xf is known");
	file = with_header(klp_build().file(), ".rodata", &Elf64_Shdr::sh_size, Elf64_Xword{3});
	EXPECT_EQ(
		said(decode(file)),
		"EBADMSG: x.ko: .rodata+0: a livepatch structure reaches past the section's 3 bytes");
}

TEST(klp_build_sections, states_without_end_are_EBADMSG)
{
	Patch patch = klp_build();
	patch.states = {{7, 3}};
	EXPECT_EQ(
		said(decode(with_header(patch.file(), ".data.states", &Elf64_Shdr::sh_size,
					Elf64_Xword{24}))),
		"EBADMSG: x.ko: .data.states+0x18: a livepatch structure reaches past the section's 24 bytes");
}
