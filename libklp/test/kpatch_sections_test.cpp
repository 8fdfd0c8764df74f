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

constexpr uint32_t text = 1, strings = 2; // sections of Patch::writer()

// f of vmlinux, g of ext4, and the test's changes to them.
std::string file(const std::function<void(ElfWriter *, uint32_t funcs)> &bend)
{
	Patch patch;
	patch.is_static = false;
	ElfWriter elf = patch.writer();
	elf.data(text).resize(32);
	elf.data(strings) = std::string("f\0vmlinux\0g\0ext4\0", 17);
	uint32_t funcs = elf.add({.name = ".kpatch.funcs"});
	elf.data(funcs).resize(2 * 56);
	elf.relocate(funcs, 0, elf.symbol("new_f", text, 0, STT_FUNC));
	elf.relocate(funcs, 40, elf.symbol_of(strings), 0);
	elf.relocate(funcs, 48, elf.symbol_of(strings), 2);
	elf.relocate(funcs, 56, elf.symbol_of(text), 16);
	put(&elf.data(funcs), 56 + 32, 4ul);
	elf.relocate(funcs, 56 + 40, elf.symbol_of(strings), 10);
	elf.relocate(funcs, 56 + 48, elf.symbol_of(strings), 12);
	bend(&elf, funcs);
	return elf.file();
}

void callback(ElfWriter *elf, const char *kind, uint64_t object, size_t size = 24)
{
	uint32_t section = elf->add({.name = std::string(".kpatch.callbacks.") + kind});
	elf->data(section).resize(size);
	for (uint64_t at = 0; at + 16 <= size; at += 16) {
		elf->relocate(section, at, elf->symbol_of(text));
		elf->relocate(section, at + 8, elf->symbol_of(strings), object);
	}
}

Result<std::optional<DecodedPatch>> decode(const std::string &bytes)
{
	Result<ModuleFile> module_file = ModuleFile::parse("x.ko", to_bytes(bytes));
	if (!module_file)
		return std::unexpected(module_file.error());
	const ElfFile &elf = module_file->elf();
	return decode_kpatch_sections(elf, ModulePointers::read(elf).value());
}

}

TEST(kpatch_sections, functions_are_read_by_object)
{
	Result<std::optional<DecodedPatch>> decoded = decode(file([](ElfWriter *, uint32_t) {}));
	ASSERT_EQ(said(decoded), "no error");
	ASSERT_TRUE(*decoded);
	EXPECT_EQ((*decoded)->encoding, PatchFile::Encoding::kpatch_sections);
	const std::vector<PatchedObject> &found = (*decoded)->objects;
	ASSERT_EQ(found.size(), 2u);
	EXPECT_EQ(found[0].name, "vmlinux");
	EXPECT_FALSE(found[0].is_module);
	ASSERT_EQ(found[0].functions.size(), 1u);
	EXPECT_EQ(found[0].functions[0].name, "f");
	EXPECT_EQ(found[0].functions[0].replacement, "new_f");
	EXPECT_EQ(found[0].functions[0].sympos, 0u);
	EXPECT_EQ(found[1].name, "ext4");
	EXPECT_TRUE(found[1].is_module);
	EXPECT_EQ(found[1].functions[0].name, "g");
	EXPECT_EQ(found[1].functions[0].replacement, ".text+16");
	EXPECT_EQ(found[1].functions[0].sympos, 4u);
	EXPECT_EQ((*decoded)->replace, std::nullopt);
	EXPECT_EQ((*decoded)->unknowns.size(), 1u);
}

TEST(kpatch_sections, callbacks_belong_to_the_object_they_name)
{
	Result<std::optional<DecodedPatch>> decoded = decode(file([](ElfWriter *elf, uint32_t) {
		callback(elf, "pre_patch", 12);
		callback(elf, "post_unpatch", 12);
		callback(elf, "post_patch", 0);
		callback(elf, "pre_unpatch", 0, 8); // none, and the linker's zero
	}));
	ASSERT_EQ(said(decoded), "no error");
	ASSERT_EQ((*decoded)->objects.size(), 3u);
	EXPECT_EQ((*decoded)->objects[1].callbacks,
		  (std::vector<std::string>{"pre_patch", "post_unpatch"}));
	EXPECT_EQ((*decoded)->objects[2].name, "f");
	EXPECT_EQ((*decoded)->objects[2].callbacks, std::vector<std::string>{"post_patch"});
}

TEST(kpatch_sections, before_create_klp_module_it_is_unfinished)
{
	auto unfinished = [](size_t size) {
		Result<std::optional<DecodedPatch>> decoded =
			decode(file([&](ElfWriter *elf, uint32_t) {
				uint32_t relocations = elf->add({.name = ".kpatch.relocations"});
				elf->data(relocations).resize(size);
			}));
		return decoded ? (*decoded)->unfinished : said(decoded);
	};
	EXPECT_EQ(
		unfinished(40),
		"create-klp-module has not run on it: .kpatch.relocations is still there, which the kernel does not read");
	EXPECT_EQ(unfinished(0), "");
}

TEST(kpatch_sections, a_module_without_them_is_left_to_others)
{
	EXPECT_FALSE(decode(Patch().file())->has_value());
}

TEST(kpatch_sections, what_is_broken_is_EBADMSG)
{
	auto refusal = [](const std::function<void(ElfWriter *, uint32_t)> &bend) {
		return said(decode(file(bend)));
	};
	EXPECT_EQ(refusal([](ElfWriter *elf, uint32_t funcs) { elf->data(funcs).resize(116); }),
		  "EBADMSG: x.ko: .kpatch.funcs+0: 0x74 bytes are no array of entries of 56");
	EXPECT_EQ(refusal([](ElfWriter *elf, uint32_t funcs) { elf->data(funcs).resize(168); }),
		  "EBADMSG: x.ko: .kpatch.funcs+0x98: a function without a name");
	EXPECT_EQ(refusal([](ElfWriter *elf, uint32_t funcs) {
			  elf->data(funcs).resize(168);
			  elf->relocate(funcs, 112 + 40, elf->symbol_of(strings));
		  }),
		  "EBADMSG: x.ko: .kpatch.funcs+0xa0: an object without a name");
	EXPECT_EQ(refusal([](ElfWriter *elf, uint32_t) { callback(elf, "pre_patch", 12, 32); }),
		  "EBADMSG: x.ko: .kpatch.callbacks.pre_patch+0x10: a second pre_patch for 'ext4'");
	EXPECT_EQ(
		refusal([](ElfWriter *elf, uint32_t) { callback(elf, "pre_patch", 12, 20); }),
		"EBADMSG: x.ko: .kpatch.callbacks.pre_patch+0: 0x14 bytes are no array of entries of 16");
}
