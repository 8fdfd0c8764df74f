// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../image/image_kallsyms.hpp"
#include "test_image.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp;
using namespace klp::test;

namespace {

constexpr KernelWriter::Layout layouts[] = {KernelWriter::v6_0, KernelWriter::v6_1,
					    KernelWriter::v6_12, KernelWriter::v6_15,
					    KernelWriter::v7_2};

Result<std::vector<KernelWriter::Symbol>> read(const std::string &file)
{
	Result<Vmlinux> image = Vmlinux::parse("vmlinuz", to_bytes(file));
	if (!image)
		return std::unexpected(image.error());
	Result<ImageKallsyms> kallsyms = read_image_kallsyms(*image);
	if (!kallsyms)
		return std::unexpected(kallsyms.error());
	std::vector<KernelWriter::Symbol> symbols;
	for (const ImageSymbol &symbol : kallsyms->symbols)
		symbols.push_back({symbol.address, symbol.type, std::string(symbol.name)});
	return symbols;
}

std::string lines(const std::vector<KernelWriter::Symbol> &symbols)
{
	std::string text;
	for (const KernelWriter::Symbol &symbol : symbols) {
		char line[512];
		snprintf(line, sizeof(line), "%016llx %c %s\n",
			 static_cast<unsigned long long>(symbol.address), symbol.type,
			 symbol.name.c_str());
		text += line;
	}
	return text;
}

std::string hex(size_t value)
{
	char text[32];
	snprintf(text, sizeof(text), "%#zx", value);
	return text;
}

std::string no_names(const KernelWriter &kernel)
{
	return "EBADMSG: vmlinuz: .rodata+" + hex(kernel.tokens_at) +
	       ": no names fit in front of this token table";
}

std::string no_tokens(const KernelWriter &kernel)
{
	return "EBADMSG: vmlinuz: .rodata+0: no token table of kallsyms in these " +
	       hex(kernel.rodata.size()) + " bytes";
}

std::string no_addresses(const KernelWriter &kernel)
{
	return "EBADMSG: vmlinuz: .rodata+" + hex(kernel.count_at) + ": no addresses fit these " +
	       std::to_string(kernel.symbols.size()) +
	       " symbols of kallsyms: in order, in the image, and linux_banner at its text";
}

void expect_said(std::string (*expected)(const KernelWriter &), KernelWriter &kernel)
{
	std::string file = kernel.file();
	EXPECT_EQ(said(read(file)), expected(kernel));
}

// Expects this error for every layout with one value of a table changed. The test adds to the
// value, so that it is surely a different one.
template <class T>
void expect_said(std::string (*expected)(const KernelWriter &), size_t KernelWriter::*table,
		 size_t offset, T added)
{
	for (KernelWriter::Layout layout : layouts) {
		KernelWriter kernel(layout);
		std::string file = kernel.file();
		uint64_t at = data_of(file, ".rodata") + kernel.*table + offset;
		put(&file, at, static_cast<T>(get<T>(file, at) + added));
		EXPECT_EQ(said(read(file)), expected(kernel)) << layout;
	}
}

}

TEST(image_kallsyms, each_layout_is_read_as_it_was_written)
{
	for (KernelWriter::Layout layout : layouts) {
		SCOPED_TRACE(layout);
		KernelWriter kernel(layout);
		auto symbols = read(kernel.file());
		ASSERT_EQ(said(symbols), "no error");
		EXPECT_EQ(lines(*symbols), lines(kernel.symbols));
	}
}

TEST(image_kallsyms, any_number_of_symbols_fits)
{
	// Covers each remainder of the alignment and of the markers.
	for (KernelWriter::Layout layout : layouts) {
		for (int extra = 0; extra < 210; extra += extra == 16 ? 180 : 1) {
			KernelWriter kernel(layout);
			for (int i = 0; i < extra; i++)
				kernel.add(data_start + 8 + i % 50, 'd', "v" + std::to_string(i));
			auto symbols = read(kernel.file());
			ASSERT_EQ(said(symbols), "no error") << layout << " " << extra;
			ASSERT_EQ(lines(*symbols), lines(kernel.symbols)) << layout << " " << extra;
		}
	}
}

TEST(image_kallsyms, a_kernel_of_few_symbols_is_read)
{
	for (KernelWriter::Layout layout : layouts) {
		KernelWriter kernel(layout);
		std::erase_if(kernel.symbols, [](const KernelWriter::Symbol &symbol) {
			return symbol.name.starts_with("fn_");
		});
		auto symbols = read(kernel.file());
		ASSERT_EQ(said(symbols), "no error") << layout;
		EXPECT_EQ(lines(*symbols), lines(kernel.symbols)) << layout;
	}
}

TEST(image_kallsyms, a_name_has_up_to_511_letters)
{
	KernelWriter kernel;
	kernel.add(data_start, 'd', std::string(511, 'y'));
	EXPECT_EQ(said(read(kernel.file())), "no error");
	kernel.add(data_start, 'd', std::string(512, 'y'));
	expect_said(no_names, kernel);
}

TEST(image_kallsyms, a_token_index_that_disagrees_is_EBADMSG)
{
	for (size_t token : {0, 1, 47, 48, 49, 255})
		expect_said<uint16_t>(no_tokens, &KernelWriter::index_at, token * 2, 1);
}

TEST(image_kallsyms, a_token_that_disagrees_with_the_index_is_EBADMSG)
{
	KernelWriter kernel;
	kernel.file();
	size_t first = kernel.rodata.find("Tfn_", kernel.tokens_at) - kernel.tokens_at;
	// One letter becomes the end of a token, and another token's end becomes a letter.
	expect_said<char>(no_tokens, &KernelWriter::tokens_at, first, -'T');
	expect_said<char>(no_tokens, &KernelWriter::tokens_at, first + 4, 'x');
}

TEST(image_kallsyms, a_token_that_cannot_be_in_a_name_is_EBADMSG)
{
	KernelWriter kernel;
	for (char letter : {' ', '\033', '\x7f', '\xc3'}) {
		kernel.tokens[3] = letter;
		expect_said(no_tokens, kernel);
	}
}

TEST(image_kallsyms, a_second_token_table_is_EBADMSG)
{
	KernelWriter kernel;
	kernel.file();
	kernel.tail =
		kernel.rodata.substr(kernel.tokens_at, kernel.index_at + 512 - kernel.tokens_at);
	std::string file = kernel.file();
	size_t second = kernel.rodata.size() - kernel.tail.size();
	EXPECT_EQ(said(read(file)), "EBADMSG: vmlinuz: .rodata+" + hex(second) +
					    ": a second token table of kallsyms beside that at " +
					    hex(kernel.tokens_at));
}

TEST(image_kallsyms, a_token_table_cut_short_is_EBADMSG)
{
	for (KernelWriter::Layout layout : layouts) {
		KernelWriter kernel(layout);
		std::string file = kernel.file();
		for (size_t size : {kernel.index_at + 511, kernel.index_at, kernel.index_at - 20}) {
			EXPECT_EQ(
				said(read(with_header(file, ".rodata", &Elf64_Shdr::sh_size,
						      Elf64_Xword{size}))),
				"EBADMSG: vmlinuz: .rodata+0: no token table of kallsyms in these " +
					hex(size) + " bytes");
		}
	}
}

TEST(image_kallsyms, another_count_of_symbols_is_EBADMSG)
{
	for (uint32_t added : {1u, -1u, -256u, 0x10000u, 0x80000000u})
		expect_said<uint32_t>(no_names, &KernelWriter::count_at, 0, added);
}

TEST(image_kallsyms, a_marker_that_disagrees_with_the_names_is_EBADMSG)
{
	for (size_t marker : {0, 4})
		expect_said<uint32_t>(no_names, &KernelWriter::markers_at, marker, 1);
}

TEST(image_kallsyms, names_that_disagree_with_the_markers_are_EBADMSG)
{
	for (char added : {1, -1, 100})
		expect_said<char>(no_names, &KernelWriter::names_at, 0, added);
}

TEST(image_kallsyms, addresses_out_of_order_are_EBADMSG)
{
	for (uint32_t added : {0x1000000u, -0x1000000u})
		expect_said<uint32_t>(no_addresses, &KernelWriter::offsets_at, 200 * 4, added);
}

TEST(image_kallsyms, addresses_outside_the_image_are_EBADMSG)
{
	for (KernelWriter::Layout layout : layouts) {
		KernelWriter kernel(layout);
		kernel.add(bss_start + 0x1001, 'B', "beyond");
		expect_said(no_addresses, kernel);
		kernel.symbols.back().address = data_start - 1; // a gap is inside
		std::ranges::stable_sort(kernel.symbols, {}, &KernelWriter::Symbol::address);
		EXPECT_EQ(said(read(kernel.file())), "no error");
	}
}

TEST(image_kallsyms, another_base_is_EBADMSG)
{
	for (KernelWriter::Layout layout : layouts) {
		KernelWriter kernel(layout);
		std::string file = kernel.file();
		if (kernel.base_at == 0)
			continue;
		put(&file, data_of(file, ".rodata") + kernel.base_at, text_start + 1);
		EXPECT_EQ(said(read(file)), no_addresses(kernel));
	}
}

TEST(image_kallsyms, offsets_cut_short_are_EBADMSG)
{
	for (KernelWriter::Layout layout :
	     {KernelWriter::v6_12, KernelWriter::v6_15, KernelWriter::v7_2}) {
		KernelWriter kernel(layout);
		std::string file = kernel.file();
		size_t size = kernel.base_at ? kernel.base_at + 7
					     : kernel.offsets_at + kernel.symbols.size() * 4 - 1;
		EXPECT_EQ(said(read(with_header(file, ".rodata", &Elf64_Shdr::sh_size,
						Elf64_Xword{size}))),
			  no_addresses(kernel));
	}
}

TEST(image_kallsyms, an_order_by_name_that_disagrees_is_EBADMSG)
{
	for (KernelWriter::Layout layout : layouts) {
		KernelWriter kernel(layout);
		std::string file = kernel.file();
		if (kernel.seqs_at == 0)
			continue;
		// __bss_start, __per_cpu_end, __per_cpu_start ...
		uint64_t seqs = data_of(file, ".rodata") + kernel.seqs_at;
		std::string at = "EBADMSG: vmlinuz: .rodata+" + hex(kernel.seqs_at + 3) + ": ";
		std::string other = file;
		other.replace(seqs + 3, 3, file, seqs + 6, 3);
		other.replace(seqs + 6, 3, file, seqs + 3, 3);
		EXPECT_EQ(
			said(read(other)),
			"EBADMSG: vmlinuz: .rodata+" + hex(kernel.seqs_at + 6) +
				": '__per_cpu_end' behind '__per_cpu_start' in kallsyms' order by name");
		other = file;
		other.replace(seqs + 3, 3, file, seqs, 3);
		EXPECT_EQ(said(read(other)), at + "symbol 314 twice in kallsyms' order by name");
		other = file;
		other.replace(seqs + 3, 3, std::string("\0\1\x3c", 3));
		EXPECT_EQ(said(read(other)), at + "symbol 316 in kallsyms' order by name, of 316");
		// The first symbol's name begins with a z.
		other = file;
		other[data_of(file, ".rodata") + kernel.names_at + 2] = 'z';
		EXPECT_NE(said(read(other)).find(" in kallsyms' order by name"), std::string::npos);
	}
}

TEST(image_kallsyms, an_order_by_name_cut_short_is_EBADMSG)
{
	KernelWriter kernel(KernelWriter::v7_2);
	std::string file = kernel.file();
	size_t size = kernel.seqs_at + kernel.symbols.size() * 3 - 1;
	EXPECT_EQ(said(read(with_header(file, ".rodata", &Elf64_Shdr::sh_size, Elf64_Xword{size}))),
		  "EBADMSG: vmlinuz: .rodata+" + hex(size - 2) +
			  ": kallsyms' order by name is cut short");
}

TEST(image_kallsyms, numbers_of_clang_lto_do_not_count_in_the_order)
{
	// Sorted without their numbers: f.a would be in front of f.llvm.1.
	KernelWriter kernel(KernelWriter::v6_12);
	kernel.add(data_start + 1, 'd', "f.a");
	kernel.add(data_start + 2, 'd', "f.llvm.1");
	std::string file = kernel.file();
	std::vector<std::string> names;
	for (const KernelWriter::Symbol &symbol : kernel.symbols)
		names.push_back(symbol.name);
	std::ranges::sort(names);
	size_t place = std::ranges::find(names, "f.a") - names.begin();
	uint64_t seqs = data_of(file, ".rodata") + kernel.seqs_at + place * 3;
	std::string other = file;
	other.replace(seqs, 3, file, seqs + 3, 3);
	other.replace(seqs + 3, 3, file, seqs, 3);
	EXPECT_EQ(said(read(other)), "no error");
}

TEST(image_kallsyms, no_banner_where_the_symbol_says_is_EBADMSG)
{
	KernelWriter kernel;
	kernel.banner = "Minix version 6.1";
	expect_said(no_addresses, kernel);
}

TEST(image_kallsyms, a_kernel_with_its_functions_only_is_ENOTSUP)
{
	KernelWriter kernel;
	std::erase_if(kernel.symbols, [](auto &symbol) { return symbol.name == "linux_banner"; });
	EXPECT_EQ(
		said(read(kernel.file())),
		"EOPNOTSUPP: vmlinuz: no 'linux_banner' among its symbols: built without CONFIG_KALLSYMS_ALL, which livepatching needs");
}

TEST(image_kallsyms, addresses_that_can_be_read_in_two_ways_are_EBADMSG)
{
	KernelWriter kernel;
	kernel.file();
	size_t first = kernel.offsets_at;
	kernel.has_offsets_twice = true;
	std::string file = kernel.file();
	EXPECT_EQ(said(read(file)),
		  "EBADMSG: vmlinuz: .rodata+" + hex(kernel.offsets_at) +
			  ": the addresses of kallsyms can be read in two ways, the other at " +
			  hex(first));
}

TEST(image_kallsyms, no_rodata_is_EBADMSG)
{
	KernelWriter kernel;
	std::string file = kernel.file();
	EXPECT_EQ(said(read(with_header(file, ".rodata", &Elf64_Shdr::sh_type,
					Elf64_Word{SHT_NOBITS}))),
		  "EBADMSG: vmlinuz: no .rodata, where kallsyms would be");
	EXPECT_EQ(said(read(with_header(file, ".rodata", &Elf64_Shdr::sh_addr,
					Elf64_Addr{rodata_start + 4}))),
		  "EBADMSG: vmlinuz: .rodata+0: " + hex(kernel.rodata.size()) +
			  " bytes at 0xffffffff82000004: no .rodata of a kernel");
}

TEST(image_kallsyms, a_search_among_look_alikes_ends)
{
	KernelWriter digits;
	for (int i = 0; i < 1001 * 10; i++)
		digits.tail += {static_cast<char>('0' + i % 10), '\0'};
	std::string error = said(read(digits.file()));
	EXPECT_NE(error.find("too much looks like tokens of kallsyms"), error.npos) << error;
}
