// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../libklp/test/test_said.hpp"
#include "image.hpp"
#include "test_fix.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

// A module of one assembled unit, in memory.
struct Loaded {
	explicit Loaded(const std::string &source)
	    : module(module_file(module_of("m", {assembled_file(source)})))
	{
	}
	const ModuleFile module;
	const Image image = image_of(module);
};

std::string label(const std::string &section, const std::string &name, const std::string &body)
{
	return ".section " + section + "\n.type " + name + ",@object\n" + name + ": " + body +
	       "\n.size " + name + ",.-" + name + "\n";
}

}

TEST(image, a_modules_pointers_point_to_what_they_mean)
{
	Loaded loaded(function("f", "lea a+4(%rip),%rax\nret") +
		      label(".data,\"aw\"", "a", ".quad f, get, get+8, put"));
	const Image &image = loaded.image;
	uint64_t f = image.find("f")[0].address, a = image.find("a")[0].address;
	int32_t distance = 0;
	read_at(image.bytes(f + 3, 4), 0, &distance);
	EXPECT_EQ(f + 7 + distance, a + 4);
	uint64_t pointers[4];
	ASSERT_TRUE(read_at(image.bytes(a, sizeof(pointers)), 0, &pointers));
	EXPECT_EQ(pointers[0], f);
	EXPECT_EQ(image.external_at(pointers[1]), "get");
	EXPECT_EQ(pointers[2], pointers[1] + 8);
	EXPECT_EQ(image.external_at(pointers[2]), "");
	EXPECT_EQ(image.external_at(pointers[3]), "put");
	EXPECT_EQ(image.external_at(f), "");
	EXPECT_EQ(image.name(), "m");
	EXPECT_TRUE(image.is_module());
	EXPECT_EQ(image.build_id(), "0102");
}

TEST(image, a_symbol_tells_what_it_is)
{
	Loaded loaded(function("f", "ret") + label(".data,\"aw\"", "a", ".long 1"));
	const Image::Symbol f = loaded.image.find("f")[0], a = loaded.image.find("a")[0];
	EXPECT_TRUE(f.function);
	EXPECT_TRUE(f.global);
	EXPECT_FALSE(a.function);
	EXPECT_FALSE(a.global);
	EXPECT_TRUE(loaded.image.find("g").empty());
	ASSERT_EQ(loaded.image.at(f.address).size(), 1u);
	EXPECT_EQ(loaded.image.at(f.address)[0].name, "f");
	EXPECT_TRUE(loaded.image.at(f.address + 1).empty());
}

TEST(image, positions_are_counted_in_the_order_of_the_file_and_without_init)
{
	auto local = [](const char *section, const char *value) {
		return label(section, "twin", value);
	};
	std::string files[] = {assembled_file(local(".init.data,\"aw\"", ".long 1")),
			       assembled_file(local(".data,\"aw\"", ".long 2")),
			       assembled_file(local(".bss,\"aw\",@nobits", ".zero 4")),
			       assembled_file(local(".data,\"aw\"", ".long 3"))};
	ModuleFile module = module_file(module_of("m", {files[0], files[1], files[2], files[3]}));
	Image image = image_of(module);
	std::vector<Image::Symbol> twins = image.find("twin");
	std::vector<unsigned long> positions;
	for (const Image::Symbol &twin : twins)
		positions.push_back(twin.sympos);
	EXPECT_EQ(positions, (std::vector<unsigned long>{0, 1, 2, 3}));
	uint32_t value = 0;
	read_at(image.bytes(twins[1].address, 4), 0, &value);
	EXPECT_EQ(value, 2u);
	read_at(image.bytes(twins[3].address, 4), 0, &value);
	EXPECT_EQ(value, 3u);
	EXPECT_TRUE(image.is_init(twins[0].address));
	EXPECT_FALSE(image.is_init(twins[1].address));
	EXPECT_TRUE(image.is_zero(twins[2].address, 4));
}

TEST(image, bytes_that_are_not_there_are_none)
{
	Loaded loaded(function("f", "ret") + label(".data,\"aw\"", "a", ".long 0, 1") +
		      label(".bss,\"aw\",@nobits", "b", ".zero 8"));
	const Image &image = loaded.image;
	uint64_t a = image.find("a")[0].address, b = image.find("b")[0].address;
	EXPECT_EQ(image.bytes(a, 8).size(), 8u);
	EXPECT_EQ(image.bytes(a + 4, 4).size(), 4u);
	EXPECT_TRUE(image.bytes(a + 4, 5).empty());
	EXPECT_TRUE(image.bytes(a, SIZE_MAX).empty());
	EXPECT_TRUE(image.bytes(0, 1).empty());
	EXPECT_TRUE(image.bytes(b, 1).empty());
	EXPECT_TRUE(image.is_zero(b, 8));
	EXPECT_FALSE(image.is_zero(b, 9));
	EXPECT_TRUE(image.is_zero(a, 4));
	EXPECT_FALSE(image.is_zero(a, 8));
	EXPECT_FALSE(image.is_zero(0, 1));
}

TEST(image, a_string_has_an_end)
{
	Loaded loaded(label(".rodata,\"a\"", "a", ".ascii \"text\\0rest\""));
	uint64_t a = loaded.image.find("a")[0].address;
	EXPECT_EQ(loaded.image.string_at(a), "text");
	EXPECT_EQ(loaded.image.string_at(a + 4), "");
	EXPECT_EQ(loaded.image.string_at(a + 5), std::nullopt);
	EXPECT_EQ(loaded.image.string_at(0), std::nullopt);
}

TEST(image, the_nearest_symbol_is_in_the_same_section_and_can_be_found)
{
	Loaded loaded(label(".data,\"aw\"", "a", ".quad 1, 2") +
		      label(".rodata,\"a\"", "b", ".quad 1") + ".section .other,\"a\"\n.quad 1\n" +
		      label(".init.data,\"aw\"", "c", ".quad 1"));
	const Image &image = loaded.image;
	uint64_t a = image.find("a")[0].address, b = image.find("b")[0].address;
	EXPECT_EQ(image.nearest(a)->name, "a");
	EXPECT_EQ(image.nearest(a + 15)->name, "a");
	EXPECT_FALSE(image.nearest(a + 16));
	EXPECT_EQ(image.nearest(b + 7)->name, "b");
	EXPECT_FALSE(image.nearest(image.find("c")[0].address));
	EXPECT_FALSE(image.nearest(0));
}

TEST(image, a_relocation_that_cannot_be_applied_is_EBADMSG)
{
	std::string file = module_of("m", {assembled_file(function("f", "call get\nret"))});
	uint64_t at = data_of(file, ".rela.text.f");
	std::string type = file, place = file;
	put(&type, at + offsetof(Elf64_Rela, r_info), uint32_t{R_X86_64_GOTPCREL});
	put(&place, at, uint64_t{3});
	EXPECT_EQ(said(Image::of_module(module_file(type))),
		  "EBADMSG: m.ko: .rela.text.f+0: relocation type 9 at 0x1 cannot be applied");
	EXPECT_EQ(said(Image::of_module(module_file(place))),
		  "EBADMSG: m.ko: .rela.text.f+0: relocation type 4 at 0x3 cannot be applied");
}

TEST(image, a_kernels_is_as_it_was_linked)
{
	Result<KernelImage> kernel = KernelImage::parse("vmlinuz", to_bytes(KernelWriter().file()));
	ASSERT_EQ(said(kernel), "no error");
	Image image = Image::of_kernel(*kernel);
	EXPECT_EQ(image.name(), "vmlinux");
	EXPECT_FALSE(image.is_module());
	EXPECT_EQ(image.build_id(), "1234abcd");
	std::vector<Image::Symbol> twins = image.find("twin");
	ASSERT_EQ(twins.size(), 2u);
	EXPECT_EQ(twins[0].address, text_start + 0x10);
	EXPECT_EQ(twins[0].sympos, 1u);
	EXPECT_EQ(twins[1].sympos, 2u);
	EXPECT_FALSE(twins[0].global);
	EXPECT_TRUE(twins[0].function);
	EXPECT_TRUE(image.find("fn_1")[0].global);
	EXPECT_FALSE(image.find("jiffies")[0].function);
	EXPECT_EQ(image.bytes(text_start, 1)[0], std::byte{0x90});
	EXPECT_TRUE(image.is_init(init_start));
	EXPECT_TRUE(image.is_zero(bss_start, 0x1000));
	EXPECT_EQ(image.nearest(text_start + 0x115)->name, "fn_1");
	EXPECT_EQ(image.external_at(0x5000'0000), "");
}

TEST(image, moving_it_keeps_its_views)
{
	Loaded loaded(label(".rodata,\"a\"", "a", ".asciz \"text\""));
	Image image = image_of(loaded.module);
	std::string_view text = *image.string_at(image.find("a")[0].address);
	Image moved = std::move(image);
	EXPECT_EQ(text, "text");
	EXPECT_EQ(moved.find("a")[0].name, "a");
}
