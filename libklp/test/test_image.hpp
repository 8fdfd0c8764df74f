// SPDX-License-Identifier: LGPL-2.1-or-later
// Kernels for tests: an executable with the sections and tables that KernelImage reads,
// in the layouts of several releases, and the bzImage around it.
#pragma once

#include "test_elf.hpp"

#include <algorithm>

namespace klp::test {

constexpr uint64_t text_start = 0xffffffff81000000;
constexpr uint64_t rodata_start = 0xffffffff82000000;
constexpr uint64_t ksymtab_start = 0xffffffff82100000;
constexpr uint64_t ksymtab_gpl_start = 0xffffffff82110000;
constexpr uint64_t data_start = 0xffffffff82a00000;
constexpr uint64_t percpu_start = 0xffffffff83000000; // from 6.15
constexpr uint64_t init_start = 0xffffffff83100000;
constexpr uint64_t bss_start = 0xffffffff83200000;

inline void append_aligned(std::string *bytes, size_t alignment, const std::string &more)
{
	bytes->resize((bytes->size() + alignment - 1) / alignment * alignment);
	*bytes += more;
}

template <class T> void append_value(std::string *bytes, T value)
{
	bytes->append(reinterpret_cast<const char *>(&value), sizeof(value));
}

class KernelWriter {
public:
	enum Layout {
		v6_0, // as 6.1, without seqs
		v6_1,
		v6_12,
		v6_15, // as 6.12, without per-CPU symbols at 0
		v7_2,
	};
	struct Symbol {
		uint64_t address;
		char type;
		std::string name;
	};
	struct Export {
		std::string name;
		uint64_t address;
		uint32_t crc = 0;
		std::string namespace_ = {};
	};

	explicit KernelWriter(Layout layout = v6_1) : layout_(layout)
	{
		uint64_t percpu = has_percpu_at_zero() ? 0 : percpu_start;
		char percpu_type = has_percpu_at_zero() ? 'A' : 'D';
		add(percpu, percpu_type, "__per_cpu_start");
		add(percpu + 0x10, percpu_type, "cpu_info");
		add(percpu + 0x40, percpu_type, "__per_cpu_end");
		add(text_start, 'T', "_text");
		add(text_start, 'T', "_stext");
		add(text_start + 0x10, 't', "twin");
		add(text_start + 0x20, 't', "long_" + std::string(300, 'x'));
		for (int i = 0; i < 300; i++)
			add(text_start + 0x100 + i * 16, 'T', "fn_" + std::to_string(i));
		add(text_start + 0x2f00, 't', "twin");
		add(text_start + 0x3000, 'T', "_etext");
		add(rodata_start, 'D', "__start_rodata");
		add(rodata_start, 'D', "linux_banner");
		add(ksymtab_start, 'R', "__start___ksymtab");
		add(data_start, 'D', "jiffies");
		add(init_start, 'T', "_sinittext");
		add(bss_start, 'B', "__bss_start");
		add(bss_start + 0x1000, 'B', "_end");
		exports = {{"cpu_info", percpu + 0x10, 0x01},
			   {"fn_1", text_start + 0x110, 0x11111111},
			   {"fn_2", text_start + 0x120, 0x22222222, "NS"}};
		gpl_exports = {{"fn_0", text_start + 0x100, 0x33333333},
			       {"jiffies", data_start, 0x44444444}};
	}

	void add(uint64_t address, char type, const std::string &name)
	{
		auto after = std::ranges::upper_bound(symbols, address, {}, &Symbol::address);
		symbols.insert(after, {address, type, name});
	}

	// Also notes the place of each table in .rodata.
	std::string file()
	{
		write_rodata();
		std::string strings;
		std::string table = ksymtab(ksymtab_start, exports, &strings);
		std::string gpl_table = ksymtab(ksymtab_gpl_start, gpl_exports, &strings);
		if (layout_ == v7_2) { // one table, each export with flags
			std::vector<Export> all = exports;
			all.insert(all.end(), gpl_exports.begin(), gpl_exports.end());
			std::ranges::sort(all, {}, &Export::name);
			strings.clear();
			table = ksymtab(ksymtab_start, all, &strings);
			std::string flags;
			for (const Export &symbol : all)
				flags +=
					std::ranges::count(gpl_exports, symbol.name, &Export::name);
			add_section("__kflagstab", ksymtab_start + 0x3000, flags);
		} else {
			add_section("__ksymtab_gpl", ksymtab_gpl_start, gpl_table);
			add_section("__kcrctab", ksymtab_start + 0x1000, crcs(exports));
			add_section("__kcrctab_gpl", ksymtab_start + 0x2000, crcs(gpl_exports));
		}
		add_section("__ksymtab", ksymtab_start, table);
		add_section("__ksymtab_strings", strings_start, strings);
		add_section(".text", text_start, code, SHF_EXECINSTR);
		add_section(".rodata", rodata_start, rodata);
		std::string note;
		append_value(&note, Elf64_Nhdr{4, 4, 3});
		note += std::string("GNU\0\x12\x34\xab\xcd", 8);
		add_section(".notes", rodata_start + 0x80000, note);
		add_section(".BTF", rodata_start + 0x90000, btf);
		add_section(".data", data_start, "data" + std::string(60, '\0'), SHF_WRITE);
		add_section(".data..percpu", has_percpu_at_zero() ? 0 : percpu_start,
			    std::string(0x40, '\0'), SHF_WRITE);
		add_section(".init.text", init_start, std::string(0x100, '\xcc'), SHF_EXECINSTR);
		elf_.add({".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, "", 0, 0, 0x1000});
		addresses_.emplace_back(".bss", bss_start);
		elf_.with_symbols = false;
		std::string file = elf_.file();
		for (const auto &[name, address] : addresses_)
			file = with_header(file, name, &Elf64_Shdr::sh_addr, Elf64_Addr{address});
		put(&file, offsetof(Elf64_Ehdr, e_type), Elf64_Half{ET_EXEC});
		elf_ = {};
		addresses_.clear();
		return file;
	}
	std::vector<std::byte> bytes() { return to_bytes(file()); }

	std::vector<Symbol> symbols; // in order of address
	std::vector<Export> exports, gpl_exports;
	std::string banner = "Linux version 6.1.0-56-test (me@here) (gcc-12) #1 SMP\n";
	std::vector<std::string> tokens = default_tokens();
	std::string tail = "the end"; // of .rodata
	std::string btf = "types";
	std::string code = std::string(0x3000, '\x90'); // from text_start on
	bool has_offsets_twice = false; // in front of the names and behind the tokens

	// The data of the last file().
	std::string rodata;
	size_t count_at, names_at, markers_at, tokens_at, index_at, offsets_at, seqs_at = 0,
										base_at = 0;

private:
	static constexpr uint64_t strings_start = 0xffffffff82120000;
	static constexpr size_t tables_start = 0x400; // in .rodata

	bool has_percpu_at_zero() const { return layout_ != v6_15 && layout_ != v7_2; }
	bool has_offsets_first() const { return layout_ == v6_0 || layout_ == v6_1; }
	size_t alignment() const { return layout_ == v7_2 ? 4 : 8; }

	// Tokens as in a small kernel: codes of letters that do not occur are free for tokens, and
	// some stay empty.
	static std::vector<std::string> default_tokens()
	{
		std::vector<std::string> tokens(256);
		for (int letter = '!'; letter <= '~'; letter++)
			tokens[letter] = letter;
		tokens[2] = "Tfn_";
		tokens['~'] = "__";
		tokens[255] = "fn_1";
		return tokens;
	}

	void add_section(const std::string &name, uint64_t address, const std::string &data,
			 uint64_t flags = 0)
	{
		elf_.add({.name = name, .flags = SHF_ALLOC | flags, .data = data});
		addresses_.emplace_back(name, address);
	}

	void write_rodata()
	{
		rodata = banner + '\0';
		rodata.resize(0x100);
		// This looks like a token table until the index behind it is read.
		for (int letter = 0; letter < 256; letter++)
			rodata += {static_cast<char>(letter), '\0'};
		rodata.resize(tables_start);
		if (has_offsets_first())
			write_offsets();
		append_aligned(&rodata, alignment(), "");
		count_at = rodata.size();
		append_value(&rodata, static_cast<uint32_t>(symbols.size()));
		write_names();
		if (layout_ == v6_1)
			write_seqs();
		write_tokens();
		if (!has_offsets_first()) {
			write_offsets();
			write_seqs();
		}
		if (has_offsets_twice)
			write_offsets();
		append_aligned(&rodata, 16, tail);
	}

	std::string encoded(const std::string &text) const
	{
		std::string codes;
		for (size_t at = 0; at < text.size();) {
			size_t code = static_cast<uint8_t>(text[at]);
			for (size_t i : {2, 0x7e, 255}) {
				if (text.compare(at, tokens[i].size(), tokens[i]) == 0)
					code = i;
			}
			codes += static_cast<char>(code);
			at += tokens[code].size();
		}
		return codes;
	}

	void write_names()
	{
		std::string names, markers;
		for (size_t i = 0; i < symbols.size(); i++) {
			if (i % 256 == 0)
				append_value(&markers, static_cast<uint32_t>(names.size()));
			std::string codes = encoded(symbols[i].type + symbols[i].name);
			if (codes.size() < 0x80) {
				names += static_cast<char>(codes.size());
			} else {
				names += static_cast<char>(codes.size() | 0x80);
				names += static_cast<char>(codes.size() >> 7);
			}
			names += codes;
		}
		append_aligned(&rodata, alignment(), names);
		names_at = rodata.size() - names.size();
		append_aligned(&rodata, alignment(), markers);
		markers_at = rodata.size() - markers.size();
	}

	void write_seqs()
	{
		std::vector<uint32_t> order(symbols.size());
		for (size_t i = 0; i < order.size(); i++)
			order[i] = i;
		std::ranges::stable_sort(order, {}, [&](uint32_t i) { return symbols[i].name; });
		append_aligned(&rodata, alignment(), "");
		seqs_at = rodata.size();
		for (uint32_t i : order)
			rodata += {static_cast<char>(i >> 16), static_cast<char>(i >> 8),
				   static_cast<char>(i)};
	}

	void write_tokens()
	{
		std::string table, index;
		for (const std::string &token : tokens) {
			append_value(&index, static_cast<uint16_t>(table.size()));
			table += token + '\0';
		}
		append_aligned(&rodata, alignment(), table);
		tokens_at = rodata.size() - table.size();
		append_aligned(&rodata, alignment(), index);
		index_at = rodata.size() - index.size();
	}

	void write_offsets()
	{
		append_aligned(&rodata, alignment(), "");
		offsets_at = rodata.size();
		uint64_t base = text_start;
		for (const Symbol &symbol : symbols) {
			uint64_t offset = symbol.address - base;
			if (layout_ == v7_2)
				offset = symbol.address - (rodata_start + rodata.size());
			else if (has_percpu_at_zero())
				offset = symbol.address < base ? symbol.address : -1 - offset;
			append_value(&rodata, static_cast<uint32_t>(offset));
		}
		if (layout_ == v7_2)
			return;
		append_aligned(&rodata, alignment(), "");
		base_at = rodata.size();
		append_value(&rodata, base);
	}

	static std::string ksymtab(uint64_t address, const std::vector<Export> &exports,
				   std::string *strings)
	{
		std::string table;
		auto reference = [&](uint64_t target) {
			append_value(&table,
				     static_cast<int32_t>(target - (address + table.size())));
		};
		for (const Export &symbol : exports) {
			reference(symbol.address);
			reference(strings_start + strings->size());
			*strings += symbol.name + '\0';
			reference(strings_start + strings->size());
			*strings += symbol.namespace_ + '\0';
		}
		return table;
	}

	static std::string crcs(const std::vector<Export> &exports)
	{
		std::string table;
		for (const Export &symbol : exports)
			append_value(&table, symbol.crc);
		return table;
	}

	Layout layout_;
	ElfWriter elf_;
	std::vector<std::pair<std::string, uint64_t>> addresses_;
};

// A bzImage of boot protocol 2.15 with this for its payload, which begins at 0x600.
inline std::string boot_image(const std::string &payload)
{
	std::string file(0x600, '\0');
	file[0x1f1] = 1; // sectors of setup code, behind the first
	file.replace(0x202, 4, "HdrS");
	put(&file, 0x206, uint16_t{0x20f});
	put(&file, 0x248, uint32_t{0x200});
	put(&file, 0x24c, static_cast<uint32_t>(payload.size()));
	return file + payload + "signature";
}

// Appends the size for the unpacker, as the kernel's makefiles do.
inline std::string with_size(std::string packed, size_t size)
{
	append_value(&packed, static_cast<uint32_t>(size));
	return packed;
}

}
