// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's lists with one line for each symbol, indexed by name: /proc/kallsyms and tracefs'
// available_filter_functions(_addrs). These have some 100,000 and 40,000 lines, and a check needs
// a few dozen. The table therefore finds a line by the hash of its name, and parses a line only
// when somebody asks for it.
#pragma once

#include <cstdint>
#include <klp/error.hpp>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace klp {

class SymbolTable {
public:
	struct Entry {
		uint64_t address; // 0 where the kernel hides it
		std::string_view name;
		std::string_view module; // "" for the kernel itself
	};

	// "ffffffff81000000 T _text" or "... t name\t[module]". EBADMSG otherwise.
	static Result<SymbolTable> parse_kallsyms(std::string text);
	// "name" or "name [module]", with the address in front in the _addrs file.
	static Result<SymbolTable> parse_ftrace_functions(std::string text, bool with_addresses);

	// In the order of the file, which is the order that sympos counts in.
	// object is "vmlinux" or a module's name.
	std::vector<Entry> find(std::string_view object, std::string_view name) const;
	// In any object.
	std::vector<Entry> find(std::string_view name) const;
	// All names of one address, in the order of the file; none for an address of 0, which
	// means that the kernel hides it. The first question parses every line.
	std::vector<std::string_view> names_at(uint64_t address) const;
	// In the order of the file; parses every line.
	std::vector<Entry> all() const;

private:
	// The number of characters before the name, and the character that ends it.
	struct Format {
		const char *file;
		size_t prefix;
		char end_of_name;
	};
	struct Line {
		uint32_t start; // in the text
		uint32_t next; // the next line of the same hash, or none
	};
	static constexpr uint32_t none = UINT32_MAX;

	static Result<SymbolTable> parse(std::string text, const Format &format);
	bool is_well_formed(std::string_view line) const;
	void index();
	std::string_view line_at(size_t start) const;
	std::string_view name_in(std::string_view line) const;
	Entry entry(const Line &line) const;

	Format format_;
	std::unique_ptr<std::string> text_; // names are views into it
	std::vector<Line> lines_;
	std::vector<uint32_t> heads_; // by hash, the size a power of two
	mutable std::vector<std::pair<uint64_t, uint32_t>> by_address_; // and index, in order
};

}
