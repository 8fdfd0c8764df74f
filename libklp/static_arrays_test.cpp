// SPDX-License-Identifier: LGPL-2.1-or-later
#include "encoding.hpp"
#include "module_file.hpp"
#include "test_patch.hpp"
#include "test_said.hpp"

#include <functional>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// Sections of Patch::writer().
constexpr uint32_t text = 1, strings = 2, data = 3, module = 4;
// Where the arrays of a Patch without states begin.
constexpr uint64_t objects = 200;

Result<std::optional<DecodedPatch>> decode(const std::string &file, const KlpLayout &layout = {})
{
	Result<ModuleFile> module_file = ModuleFile::parse("x.ko", to_bytes(file));
	if (!module_file)
		return std::unexpected(module_file.error());
	const ElfFile &elf = module_file->elf();
	return decode_static_arrays(elf, ModulePointers::read(elf).value(), layout);
}

// A module whose .data is zeroes but for what the test puts there; symbol 1 is
// __this_module, and the first pointer names it.
std::string bent(const std::function<void(ElfWriter *)> &bend)
{
	Patch patch;
	patch.is_static = false;
	ElfWriter elf = patch.writer();
	elf.data(data).resize(1024);
	elf.relocate(data, 0, 1);
	bend(&elf);
	return elf.file();
}

void point(ElfWriter *elf, uint64_t at, uint32_t section, uint64_t offset)
{
	elf->relocate(data, at, elf->symbol_of(section), offset);
}

std::string refusal_of(const std::function<void(ElfWriter *)> &bend)
{
	return said(decode(bent(bend)));
}

}

TEST(static_arrays, objects_functions_and_positions_are_read)
{
	Patch patch;
	patch.objects = {{"", {{"f"}, {"g", 2}}}, {"ext4", {{"h", 1}}}};
	Result<std::optional<DecodedPatch>> decoded = decode(patch.file());
	ASSERT_EQ(said(decoded), "no error");
	ASSERT_TRUE(*decoded);
	EXPECT_EQ((*decoded)->encoding, PatchFile::Encoding::static_arrays);
	const std::vector<PatchedObject> &found = (*decoded)->objects;
	ASSERT_EQ(found.size(), 2u);
	EXPECT_EQ(found[0].name, "vmlinux");
	ASSERT_EQ(found[0].functions.size(), 2u);
	EXPECT_EQ(found[0].functions[0].name, "f");
	EXPECT_EQ(found[0].functions[0].sympos, 0u);
	EXPECT_EQ(found[0].functions[0].replacement, "new_f");
	EXPECT_EQ(found[0].functions[1].sympos, 2u);
	EXPECT_EQ(found[1].name, "ext4");
	EXPECT_EQ(found[1].functions[0].replacement, "new_h");
	EXPECT_FALSE(*(*decoded)->replace);
	EXPECT_TRUE((*decoded)->states.empty());
}

TEST(static_arrays, replace_and_states_are_read)
{
	Patch patch;
	patch.replace = true;
	patch.states = {{7, 3}, {9, 1}};
	Result<std::optional<DecodedPatch>> decoded = decode(patch.file());
	EXPECT_TRUE(*(*decoded)->replace);
	ASSERT_EQ((*decoded)->states.size(), 2u);
	EXPECT_EQ((*decoded)->states[0].id, 7u);
	EXPECT_EQ((*decoded)->states[0].version, 3u);
	EXPECT_EQ((*decoded)->states[1].id, 9u);
}

TEST(static_arrays, callbacks_are_named)
{
	Patch patch;
	patch.objects = {{"", {}, {0, 3}}};
	Result<std::optional<DecodedPatch>> decoded = decode(patch.file());
	EXPECT_EQ((*decoded)->objects[0].callbacks,
		  (std::vector<std::string>{"pre_patch", "post_unpatch"}));
}

TEST(static_arrays, a_function_without_replacement_is_told)
{
	Patch patch;
	patch.objects = {{"", {{"f", 0, false}}}};
	EXPECT_EQ((*decode(patch.file()))->objects[0].functions[0].replacement, "");
}

TEST(static_arrays, a_replacement_without_a_symbol_is_a_place)
{
	std::string file = bent([](ElfWriter *elf) {
		elf->data(strings) = std::string("f\0", 2);
		point(elf, 8, data, 200);
		point(elf, 208, data, 600);
		point(elf, 600, strings, 0);
		point(elf, 608, text, 48);
	});
	EXPECT_EQ((*decode(file))->objects[0].functions[0].replacement, ".text+48");
}

TEST(static_arrays, the_layout_is_the_kernels)
{
	KlpLayout wider;
	wider.patch.objs = 16;
	wider.object.size = 300;
	wider.object.funcs = 24;
	wider.func.old_sympos = 40;
	std::string file = bent([](ElfWriter *elf) {
		elf->data(strings) = std::string("f\0m\0", 4);
		point(elf, 16, data, 200);
		point(elf, 224, data, 900);
		point(elf, 500, strings, 2);
		point(elf, 900, strings, 0);
		put(&elf->data(data), 940, uint64_t{5});
		elf->data(data).resize(2000);
	});
	Result<std::optional<DecodedPatch>> decoded = decode(file, wider);
	ASSERT_EQ(said(decoded), "no error");
	ASSERT_EQ((*decoded)->objects.size(), 2u);
	EXPECT_EQ((*decoded)->objects[0].functions[0].sympos, 5u);
	EXPECT_EQ((*decoded)->objects[1].name, "m");
}

TEST(static_arrays, a_module_without_klp_patch_is_left_to_others)
{
	Patch patch;
	patch.is_static = false;
	EXPECT_FALSE(decode(patch.file())->has_value());
	// THIS_MODULE with no pointer to data behind it: some ops table.
	EXPECT_FALSE(decode(bent([](ElfWriter *) {}))->has_value());
	EXPECT_FALSE(decode(bent([](ElfWriter *elf) { point(elf, 8, text, 0); }))->has_value());
	// struct file_operations and the like.
	EXPECT_FALSE(decode(bent([](ElfWriter *elf) {
			     uint32_t table =
				     elf->add({.name = ".rodata", .data = std::string(400, '\0')});
			     elf->relocate(table, 0, 1);
			     elf->relocate(table, 8, elf->symbol_of(data));
		     }))->has_value());
	// No room for a whole struct klp_patch.
	EXPECT_FALSE(decode(bent([](ElfWriter *elf) {
			     point(elf, 8, data, 0);
			     elf->data(data).resize(199);
		     }))->has_value());
}

TEST(static_arrays, this_module_may_be_named_by_its_section)
{
	Patch patch;
	patch.is_static = false;
	ElfWriter elf = patch.writer();
	elf.data(data).resize(1024);
	elf.relocate(data, 0, elf.symbol_of(module));
	point(&elf, 8, data, objects);
	EXPECT_TRUE(decode(elf.file())->has_value());
}

TEST(static_arrays, a_second_patch_is_EBADMSG)
{
	EXPECT_EQ(
		refusal_of([](ElfWriter *elf) {
			point(elf, 8, data, 800);
			elf->relocate(data, 400, 1);
			point(elf, 408, data, 800);
		}),
		"EBADMSG: x.ko: .data+0x190: a second struct klp_patch; which one is enabled cannot be told");
}

TEST(static_arrays, objects_outside_their_section_are_EBADMSG)
{
	EXPECT_EQ(
		refusal_of([](ElfWriter *elf) { point(elf, 8, data, 1 << 20); }),
		"EBADMSG: x.ko: .data+0x100000: a livepatch structure reaches past the section's 1024 bytes");
	EXPECT_EQ(
		refusal_of([](ElfWriter *elf) { point(elf, 8, data, -8); }),
		"EBADMSG: x.ko: .data+0xfffffffffffffff8: a livepatch structure reaches past the section's 1024 bytes");
}

TEST(static_arrays, an_array_without_end_is_EBADMSG)
{
	Patch patch;
	patch.objects = {{"", {{"f"}}}};
	// The terminating entry is cut off.
	EXPECT_EQ(
		said(decode(with_header(patch.file(), ".data", &Elf64_Shdr::sh_size,
					Elf64_Xword{objects + 2 * 168 + 24 + 152}))),
		"EBADMSG: x.ko: .data+0x2c8: a livepatch structure reaches past the section's 712 bytes");
	EXPECT_EQ(
		refusal_of([](ElfWriter *elf) {
			point(elf, 8, data, 200);
			point(elf, 16, data, 1024 - 24);
			put(&elf->data(data), 1024 - 24, uint64_t{1});
		}),
		"EBADMSG: x.ko: .data+0x400: a livepatch structure reaches past the section's 1024 bytes");
}

TEST(static_arrays, many_objects_that_share_their_functions_are_EBADMSG)
{
	EXPECT_EQ(refusal_of([](ElfWriter *elf) {
			  constexpr uint64_t count = 400, funcs = objects + (count + 1) * 168;
			  elf->data(strings) = std::string("f\0", 2);
			  elf->data(data).resize(funcs + (count + 1) * 152);
			  point(elf, 8, data, objects);
			  for (uint64_t i = 0; i < count; i++) {
				  point(elf, objects + i * 168 + 8, data, funcs);
				  point(elf, funcs + i * 152, strings, 0);
			  }
		  }),
		  "EBADMSG: x.ko: .data+0xc8: an array without end");
}

TEST(static_arrays, arrays_that_point_at_themselves_end)
{
	EXPECT_EQ(refusal_of([](ElfWriter *elf) { point(elf, 8, data, 0); }), "no error");
	EXPECT_EQ(refusal_of([](ElfWriter *elf) {
			  point(elf, 8, data, objects);
			  point(elf, objects + 8, data, objects);
		  }),
		  "EBADMSG: x.ko: .data+0xc8: a function without a name");
}

TEST(static_arrays, a_function_without_a_name_is_EBADMSG)
{
	EXPECT_EQ(refusal_of([](ElfWriter *elf) {
			  point(elf, 8, data, objects);
			  point(elf, objects + 8, data, 600);
			  point(elf, 608, text, 0);
		  }),
		  "EBADMSG: x.ko: .data+0x258: a function without a name");
}

TEST(static_arrays, a_name_outside_the_module_is_EBADMSG)
{
	EXPECT_EQ(refusal_of([](ElfWriter *elf) {
			  point(elf, 8, data, objects);
			  elf->relocate(data, objects, elf->symbol("elsewhere", SHN_UNDEF));
		  }),
		  "EBADMSG: x.ko: .data+0xc8: a name that points outside the module");
	EXPECT_EQ(refusal_of([](ElfWriter *elf) {
			  point(elf, 8, data, objects);
			  point(elf, objects, strings, 100);
		  }),
		  "EBADMSG: x.ko: .rodata.str1.1+0x64: a string beyond its 0 bytes");
}

TEST(static_arrays, a_name_of_any_length_or_letters_is_EBADMSG)
{
	auto named = [](const std::string &name) {
		return refusal_of([&](ElfWriter *elf) {
			elf->data(strings) = name;
			point(elf, 8, data, objects);
			point(elf, objects, strings, 0);
		});
	};
	EXPECT_EQ(named("ext4"), "EBADMSG: x.ko: .rodata.str1.1+0: a string without end");
	EXPECT_EQ(named(std::string(5000, 'n')),
		  "EBADMSG: x.ko: .rodata.str1.1+0: a name of more than 4095 letters");
	EXPECT_EQ(named(std::string("ext4\n\0", 6)),
		  "EBADMSG: x.ko: .rodata.str1.1+0: a name with a control character");
}

TEST(static_arrays, a_field_that_the_modules_code_sets_is_unknown)
{
	// movb $1, patch.replace(%rip): the addend counts from behind the immediate.
	for (int64_t addend : {24 - 4, 24 - 5}) {
		Patch patch;
		patch.objects = {{"", {{"f"}}}};
		ElfWriter elf = patch.writer();
		elf.relocate(text, 2, elf.symbol_of(data), addend, R_X86_64_PC32);
		Result<std::optional<DecodedPatch>> decoded = decode(elf.file());
		EXPECT_EQ((*decoded)->replace, std::nullopt);
		EXPECT_EQ((*decoded)->unknowns,
			  std::vector<std::string>{
				  "replace is set by the module's own code when it is loaded"});
	}
}

TEST(static_arrays, a_reference_to_the_whole_patch_leaves_replace_known)
{
	Patch patch;
	ElfWriter elf = patch.writer();
	elf.data(text).resize(16);
	elf.relocate(text, 2, elf.symbol_of(data), -4, R_X86_64_PC32);
	Result<std::optional<DecodedPatch>> decoded = decode(elf.file());
	EXPECT_EQ((*decoded)->replace, false);
	EXPECT_TRUE((*decoded)->unknowns.empty());
}
