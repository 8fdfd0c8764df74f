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

// A module whose .data is zeroes except for the test's own data; symbol 1 is __this_module, and
// the first pointer names it.
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

// mov $patch,%rdi; jmp klp_enable_patch; symbol 2 or so is klp_enable_patch.
static void enable(ElfWriter *elf, uint64_t patch)
{
	uint32_t code = elf->add({.name = ".text.enable",
				  .flags = SHF_ALLOC | SHF_EXECINSTR,
				  .data = std::string("\x48\xc7\xc7\0\0\0\0\xe9\0\0\0\0", 12)});
	elf->relocate(code, 3, elf->symbol_of(data), patch, R_X86_64_32S);
	elf->relocate(code, 8, elf->symbol("klp_enable_patch", SHN_UNDEF), -4, R_X86_64_PLT32);
}

TEST(static_arrays, of_two_patches_the_enabled_one_is_read)
{
	auto two = [](ElfWriter *elf) {
		elf->data(strings) = std::string("m\0n\0", 4);
		point(elf, 8, data, 600);
		point(elf, 600, strings, 0);
		elf->relocate(data, 200, 1);
		point(elf, 208, data, 400);
	};
	EXPECT_EQ((*decode(bent(two)))->objects.at(0).name, "m");
	Result<std::optional<DecodedPatch>> both = decode(bent([&](ElfWriter *elf) {
		two(elf);
		enable(elf, 200);
	}));
	EXPECT_EQ((*both)->encoding, PatchFile::Encoding::none);
	EXPECT_EQ((*both)->unknowns.at(0),
		  "the module has 2 struct klp_patch; the file does not tell which one is enabled");
}

TEST(static_arrays, a_patch_that_no_code_enables_is_unknown)
{
	Result<std::optional<DecodedPatch>> decoded = decode(bent([](ElfWriter *elf) {
		elf->relocate(data, 400, 1);
		point(elf, 408, data, 800);
	}));
	EXPECT_EQ((*decoded)->encoding, PatchFile::Encoding::none);
	EXPECT_EQ((*decoded)->unknowns.at(0),
		  "no code of the module passes its struct klp_patch to klp_enable_patch()");
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
		  "no error");
}

TEST(static_arrays, a_function_without_a_name_has_none)
{
	std::string file = bent([](ElfWriter *elf) {
		point(elf, 8, data, objects);
		point(elf, objects + 8, data, 600);
		point(elf, 608, text, 0);
	});
	std::vector<PatchedFunction> functions = (*decode(file))->objects.at(0).functions;
	ASSERT_EQ(functions.size(), 1u);
	EXPECT_EQ(functions[0].name, "");
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

namespace {

// One function of vmlinux: objects at 200, states behind the two of them, its entry at 560.
constexpr uint64_t func = 200 + 2 * 168 + 24;

// The unknown parts of a patch when code (hex bytes, the relocation at "at") refers to a place.
std::string unknown_after(const std::string &code, uint64_t at, int64_t addend, uint32_t type,
			  const std::string &section = ".text.setup",
			  uint64_t flags = SHF_ALLOC | SHF_EXECINSTR)
{
	Patch patch;
	patch.objects = {{"", {{"f"}}}};
	ElfWriter elf = patch.writer();
	uint32_t place = elf.add({.name = section, .flags = flags, .data = code});
	elf.relocate(place, at, elf.symbol_of(data), addend, type);
	Result<std::optional<DecodedPatch>> decoded = decode(elf.file());
	if (!decoded || !*decoded)
		return "not decoded";
	bool known = (*decoded)->encoding == PatchFile::Encoding::static_arrays;
	EXPECT_EQ(known, !(*decoded)->objects.empty());
	return known ? "" : (*decoded)->unknowns.at(0);
}

const std::string may_write = "the module may write to its livepatch arrays when it is loaded "
			      "(.text.setup+3 refers to them)";

}

TEST(static_arrays, arrays_that_code_may_write_to_are_unknown)
{
	std::string store("\x48\x89\x05\0\0\0\0\xc3", 8); // mov %rax,x(%rip)
	EXPECT_EQ(unknown_after(store, 3, func - 4, R_X86_64_PC32), may_write); // its name
	EXPECT_EQ(unknown_after(store, 3, 200 - 4, R_X86_64_PC32), may_write); // the object's
	EXPECT_EQ(unknown_after(store, 3, 8 - 4, R_X86_64_PC32), may_write); // patch.objs
	// The entry that ends the array, and the one behind it.
	EXPECT_EQ(unknown_after(store, 3, func + 152 - 4, R_X86_64_PC32), may_write);
	EXPECT_EQ(unknown_after(store, 3, func + 2 * 152 - 4, R_X86_64_PC32), "");
	// A field that klp_enable_patch() itself sets.
	EXPECT_EQ(unknown_after(store, 3, 32 - 4, R_X86_64_PC32), "");
}

TEST(static_arrays, arrays_whose_address_is_taken_are_unknown)
{
	std::string address("\x48\xc7\xc7\0\0\0\0\xe8\0\0\0\0", 12); // mov $x,%rdi; call
	EXPECT_EQ(unknown_after(address, 3, func, R_X86_64_32S), may_write);
	EXPECT_EQ(unknown_after(address, 3, 0, R_X86_64_32S), may_write);
	EXPECT_EQ(unknown_after(address, 3, func + 2 * 152, R_X86_64_32S), "");
}

TEST(static_arrays, a_callback_may_ask_for_a_state)
{
	// mov $patch,%rdi; mov $1,%esi; call FUNCTION
	auto known = [](const char *function) {
		Patch patch;
		patch.objects = {{"", {{"f"}}}};
		ElfWriter elf = patch.writer();
		uint32_t code = elf.add(
			{.name = ".text.callback",
			 .flags = SHF_ALLOC | SHF_EXECINSTR,
			 .data = std::string("\x48\xc7\xc7\0\0\0\0\xbe\1\0\0\0\xe8\0\0\0\0", 17)});
		elf.relocate(code, 3, elf.symbol_of(data), 0, R_X86_64_32S);
		elf.relocate(code, 13, elf.symbol(function, SHN_UNDEF), -4, R_X86_64_PLT32);
		return (*decode(elf.file()))->encoding == PatchFile::Encoding::static_arrays;
	};
	EXPECT_TRUE(known("klp_get_state"));
	EXPECT_FALSE(known("fill_in"));
}

TEST(static_arrays, an_index_may_reach_the_arrays_from_beside_them)
{
	// mov %rax,x(,%rdx,8), as funcs[i - 1] is compiled
	std::string indexed("\x48\x89\x04\xd5\0\0\0\0\xc3", 9);
	std::string at_4 = may_write;
	at_4.replace(at_4.find("+3"), 2, "+4");
	EXPECT_EQ(unknown_after(indexed, 4, func + 2 * 152 + 100, R_X86_64_32S), at_4);
	EXPECT_EQ(unknown_after(indexed, 4, func + 2 * 152 + 300, R_X86_64_32S), "");
	// mov %rax,x(%rdi)
	std::string based("\x48\x89\x87\0\0\0\0\xc3", 8);
	EXPECT_EQ(unknown_after(based, 3, func + 2 * 152 + 100, R_X86_64_32S), may_write);
}

TEST(static_arrays, arrays_that_other_data_points_to_are_unknown)
{
	// module_param_cb(object, &param_ops_charp, &objs[0].name, 0444)
	EXPECT_EQ(unknown_after(std::string(40, '\0'), 32, 200, R_X86_64_64, "__param", SHF_ALLOC),
		  "the module may write to its livepatch arrays when it is loaded "
		  "(__param+32 refers to them)");
}

TEST(static_arrays, a_name_that_can_be_written_to_is_unknown)
{
	std::string file = bent([](ElfWriter *elf) {
		elf->data(data).replace(900, 2, "m");
		point(elf, 8, data, objects);
		point(elf, objects, data, 900);
	});
	EXPECT_EQ((*decode(file))->unknowns.at(0),
		  "the module can write to a name of its livepatch arrays");
}

TEST(static_arrays, a_store_may_stand_between_the_argument_and_the_call)
{
	// mov $patch,%rdi; setne x(%rip); pop %rbx; jmp klp_enable_patch
	auto enabled = [](const std::string &between) {
		Patch patch;
		patch.is_static = false;
		ElfWriter elf = patch.writer();
		elf.data(data).resize(1024);
		elf.relocate(data, 400, 1);
		point(&elf, 408, data, 800);
		std::string code = std::string("\x48\xc7\xc7\0\0\0\0", 7) + between +
				   std::string("\xe9\0\0\0\0", 5);
		uint32_t place = elf.add(
			{.name = ".text.enable", .flags = SHF_ALLOC | SHF_EXECINSTR, .data = code});
		elf.relocate(place, 3, elf.symbol_of(data), 400, R_X86_64_32S);
		elf.relocate(place, code.size() - 4, elf.symbol("klp_enable_patch", SHN_UNDEF), -4,
			     R_X86_64_PLT32);
		return (*decode(elf.file()))->encoding == PatchFile::Encoding::static_arrays;
	};
	EXPECT_TRUE(enabled(""));
	EXPECT_TRUE(enabled(std::string("\x0f\x95\x05\0\0\0\0\x5b", 8)));
	EXPECT_FALSE(enabled("\x5f")); // pop %rdi
	EXPECT_FALSE(enabled("\xc3"));
}
