// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../file.hpp"
#include "../image/kernel_image.hpp"
#include "test_compress.hpp"
#include "test_image.hpp"
#include "test_said.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <map>
#include <random>

using namespace klp;
using namespace klp::test;

namespace {

Result<KernelImage> parse(const std::string &file)
{
	return KernelImage::parse("vmlinuz", to_bytes(file));
}

std::vector<uint64_t> addresses(const std::vector<const KernelImage::Symbol *> &symbols)
{
	std::vector<uint64_t> list;
	for (const KernelImage::Symbol *symbol : symbols)
		list.push_back(symbol->address);
	return list;
}

std::string names(const std::vector<const KernelImage::Symbol *> &symbols)
{
	std::string text;
	for (const KernelImage::Symbol *symbol : symbols)
		text += std::string(symbol->name) + " ";
	return text;
}

std::string covering(const KernelImage &image, uint64_t address)
{
	const KernelImage::Symbol *symbol = image.covering(address);
	return symbol ? std::string(symbol->name) : "none";
}

}

TEST(kernel_image, a_vmlinux_and_each_vmlinuz_say_the_same)
{
	const std::string file = KernelWriter().file();
	for (const std::string &image : {file, boot_image(file), boot_image(gzip(file)),
					 boot_image(with_size(xz(file), file.size())),
					 boot_image(with_size(zstd(file), file.size()))}) {
		Result<KernelImage> kernel = parse(image);
		ASSERT_EQ(said(kernel), "no error");
		EXPECT_EQ(kernel->symbols().size(), 316u);
		EXPECT_EQ(kernel->exports().size(), 5u);
		EXPECT_EQ(kernel->banner(),
			  "Linux version 6.1.0-56-test (me@here) (gcc-12) #1 SMP");
		EXPECT_EQ(kernel->build_id(), "1234abcd");
		EXPECT_EQ(kernel->btf().size(), 5u);
	}
}

TEST(kernel_image, symbols_of_a_name_are_in_the_order_that_sympos_counts_in)
{
	Result<KernelImage> kernel = parse(KernelWriter().file());
	EXPECT_EQ(addresses(kernel->find("twin")),
		  (std::vector<uint64_t>{text_start + 0x10, text_start + 0x2f00}));
	EXPECT_EQ(addresses(kernel->find("fn_7")), std::vector<uint64_t>{text_start + 0x170});
	EXPECT_TRUE(kernel->find("fn_300").empty());
	EXPECT_TRUE(kernel->find("").empty());
	for (const KernelImage::Symbol &symbol : kernel->symbols()) {
		std::vector<const KernelImage::Symbol *> found = kernel->find(symbol.name);
		EXPECT_NE(std::ranges::find(found, &symbol), found.end()) << symbol.name;
	}
}

TEST(kernel_image, symbols_of_an_address_keep_their_order)
{
	Result<KernelImage> kernel = parse(KernelWriter().file());
	EXPECT_EQ(names(kernel->at(text_start)), "_text _stext ");
	EXPECT_EQ(names(kernel->at(text_start + 0x10)), "twin ");
	EXPECT_EQ(names(kernel->at(text_start + 0x11)), "");
	EXPECT_EQ(names(kernel->at(0)), "__per_cpu_start ");
}

TEST(kernel_image, an_address_is_covered_by_the_last_symbol_before_it_in_its_section)
{
	Result<KernelImage> kernel = parse(KernelWriter().file());
	EXPECT_EQ(covering(*kernel, text_start), "_stext");
	EXPECT_EQ(covering(*kernel, text_start + 0x11f), "fn_1");
	EXPECT_EQ(covering(*kernel, text_start + 0x2fff), "twin");
	EXPECT_EQ(covering(*kernel, text_start + 0x3000), "none"); // _etext is there
	EXPECT_EQ(covering(*kernel, rodata_start + 0x100), "linux_banner");
	EXPECT_EQ(covering(*kernel, 0x3f), "cpu_info");
	EXPECT_EQ(covering(*kernel, bss_start + 0xfff), "__bss_start");
	EXPECT_EQ(covering(*kernel, rodata_start + 0x90000), "none"); // .BTF has no symbol
	EXPECT_EQ(covering(*kernel, UINT64_MAX), "none");
}

TEST(kernel_image, an_export_is_found_by_its_name)
{
	Result<KernelImage> kernel = parse(KernelWriter().file());
	ASSERT_NE(kernel->export_of("fn_0"), nullptr);
	EXPECT_TRUE(kernel->export_of("fn_0")->gpl_only);
	EXPECT_EQ(kernel->export_of("fn_0")->crc, 0x33333333u);
	EXPECT_EQ(kernel->export_of("cpu_info")->address, 0x10u);
	EXPECT_EQ(kernel->export_of("fn_3"), nullptr);
	EXPECT_EQ(kernel->export_of("zz"), nullptr);
}

TEST(kernel_image, moving_it_keeps_its_views)
{
	Result<KernelImage> kernel = parse(KernelWriter().file());
	const KernelImage::Symbol *symbol = kernel->find("fn_7")[0];
	const KernelImage::Export *exported = kernel->export_of("fn_2");
	std::span<const std::byte> data = kernel->bytes(data_start, 4);
	KernelImage moved = std::move(*kernel);
	EXPECT_EQ(moved.find("fn_7")[0], symbol);
	EXPECT_EQ(symbol->name, "fn_7");
	EXPECT_EQ(exported->namespace_, "NS");
	EXPECT_EQ(moved.bytes(data_start, 4).data(), data.data());
}

TEST(kernel_image, what_a_kernel_may_lack)
{
	std::string file = KernelWriter().file();
	for (const char *section : {".notes", ".BTF"})
		file = with_header(file, section, &Elf64_Shdr::sh_name, Elf64_Word{0});
	Result<KernelImage> kernel = parse(file);
	ASSERT_EQ(said(kernel), "no error");
	EXPECT_EQ(kernel->build_id(), "");
	EXPECT_TRUE(kernel->btf().empty());
}

TEST(kernel_image, errors_in_what_was_packed_say_so)
{
	std::string file = with_header(KernelWriter().file(), ".rodata", &Elf64_Shdr::sh_size,
				       Elf64_Xword{0x100});
	EXPECT_EQ(said(parse(file)),
		  "EBADMSG: vmlinuz: .rodata+0: no token table of kallsyms in these 0x100 bytes");
	EXPECT_EQ(
		said(parse(boot_image(gzip(file)))),
		"EBADMSG: vmlinuz: unpacked: .rodata+0: no token table of kallsyms in these 0x100 bytes");
	EXPECT_EQ(said(parse(boot_image(gzip("text")))),
		  "EBADMSG: vmlinuz: unpacked: +0: 4 bytes are too few for an ELF header of 64");
	EXPECT_EQ(said(KernelImage::open("/nonexistent/vmlinuz")),
		  "ENOENT: cannot open '/nonexistent/vmlinuz': No such file or directory");
}

TEST(kernel_image, symbols_that_disagree_with_the_section_headers_are_EBADMSG)
{
	KernelWriter kernel;
	std::erase_if(kernel.symbols, [](auto &symbol) { return symbol.name == "_sinittext"; });
	kernel.add(init_start + 1, 'T', "_sinittext");
	EXPECT_EQ(
		said(parse(kernel.file())),
		"EBADMSG: vmlinuz: .init.text+0: kallsyms has '_sinittext' at 0xffffffff83100001 and not at 0xffffffff83100000");
	// Moves all of them by the same distance, as in another kernel's tables.
	KernelWriter moved;
	for (KernelWriter::Symbol &symbol : moved.symbols) {
		if (symbol.address > text_start && symbol.address < text_start + 0x2000)
			symbol.address += 8;
	}
	EXPECT_EQ(
		said(parse(moved.file())),
		"EBADMSG: vmlinuz: __ksymtab_gpl+0: 'fn_0' is exported at 0xffffffff81000100, where kallsyms has no such symbol");
}

TEST(kernel_image, an_export_that_kallsyms_does_not_have_is_EBADMSG)
{
	KernelWriter kernel;
	kernel.exports[1].address += 16;
	EXPECT_EQ(
		said(parse(kernel.file())),
		"EBADMSG: vmlinuz: __ksymtab+0: 'fn_1' is exported at 0xffffffff81000120, where kallsyms has no such symbol");
	KernelWriter unknown;
	unknown.gpl_exports[1].name = "jiffies_64";
	EXPECT_EQ(
		said(parse(unknown.file())),
		"EBADMSG: vmlinuz: __ksymtab_gpl+0: 'jiffies_64' is exported at 0xffffffff82a00000, where kallsyms has no such symbol");
}

TEST(kernel_image, changed_at_random_it_does_no_harm)
{
	const std::string files[] = {KernelWriter(KernelWriter::v6_1).file(),
				     KernelWriter(KernelWriter::v6_12).file(),
				     KernelWriter(KernelWriter::v7_2).file()};
	std::mt19937 random(1);
	size_t refused = 0;
	for (int round = 0; round < 3000; round++) {
		std::string file = files[round % 3];
		auto rodata = get<Elf64_Shdr>(file, header_of(file, ".rodata"));
		for (unsigned changes = 1 + random() % 4; changes > 0; changes--) {
			size_t at = random() % 3 ? rodata.sh_offset + random() % rodata.sh_size
						 : random() % file.size();
			file[at] = random() % 2 ? random() : file[at] ^ (1 << random() % 8);
		}
		if (random() % 16 == 0)
			file.resize(random() % file.size());
		Result<KernelImage> kernel = parse(file);
		if (kernel)
			continue;
		refused++;
		// A changed name may be that of the banner.
		EXPECT_TRUE(kernel.error().code == EBADMSG || kernel.error().code == ENOTSUP)
			<< kernel.error().message;
		EXPECT_TRUE(kernel.error().message.starts_with("vmlinuz: "))
			<< kernel.error().message;
	}
	EXPECT_GT(refused, 1000u);
}

// Compares a real image with the running kernel's own data: builder/image-test.
TEST(booted_kernel, has_the_symbols_that_it_shows_when_booted)
{
	const char *vmlinuz = getenv("KLP_TEST_VMLINUZ");
	const char *kallsyms = getenv("KLP_TEST_KALLSYMS");
	const char *symvers = getenv("KLP_TEST_SYMVERS");
	if (!vmlinuz || !kallsyms || !symvers)
		GTEST_SKIP() << "builder/image-test names a kernel";
	Result<KernelImage> kernel = KernelImage::open(vmlinuz);
	ASSERT_EQ(said(kernel), "no error");
	std::string symbols;
	for (const KernelImage::Symbol &symbol : kernel->symbols()) {
		char line[32];
		snprintf(line, sizeof(line), "%016llx %c ",
			 static_cast<unsigned long long>(symbol.address), symbol.type);
		symbols.append(line).append(symbol.name).push_back('\n');
	}
	EXPECT_TRUE(symbols == read_text(kallsyms).value_or("")) << kernel->symbols().size();
	std::string exports;
	for (const KernelImage::Export &symbol : kernel->exports()) {
		char crc[16];
		snprintf(crc, sizeof(crc), "0x%08x\t", symbol.crc.value_or(0));
		exports.append(crc).append(symbol.name).append("\tvmlinux\tEXPORT_SYMBOL");
		exports.append(symbol.gpl_only ? "_GPL\t" : "\t").append(symbol.namespace_);
		exports.push_back('\n');
	}
	EXPECT_TRUE(exports == read_text(symvers).value_or("")) << kernel->exports().size();
}
