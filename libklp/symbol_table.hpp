// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel's lists of a line a symbol, indexed by name: /proc/kallsyms and
// tracefs' available_filter_functions(_addrs). Both are some 150,000 and 40,000
// lines; the index is one array beside the text, with no copy of any name.
#pragma once

#include <cstdint>
#include <klp/error.hpp>
#include <memory>
#include <string_view>
#include <vector>

namespace klp {

class SymbolTable {
public:
	struct Entry {
		uint64_t address; // 0 where the kernel hides it
		std::string_view name;
		std::string_view module; // "" for the kernel itself
		uint32_t next; // the following one of the same hash, or none
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
	// All names of one address; none for an address of 0, which hides it. Looks at
	// every entry.
	std::vector<std::string_view> names_at(uint64_t address) const;

private:
	static constexpr uint32_t none = UINT32_MAX;

	explicit SymbolTable(std::string text) : text_(std::make_unique<std::string>(std::move(text)))
	{
	}
	void add(uint64_t address, std::string_view name, std::string_view module);
	void index();

	std::unique_ptr<std::string> text_; // names are views into it
	std::vector<Entry> entries_;
	std::vector<uint32_t> heads_; // by hash, the size a power of two
};

}
