// SPDX-License-Identifier: LGPL-2.1-or-later
#include "symbol_table.hpp"

#include <bit>
#include <cerrno>

namespace klp {

// FNV-1a; names are short and many.
static uint32_t hash(std::string_view name)
{
	uint32_t value = 2166136261u;
	for (unsigned char letter : name)
		value = (value ^ letter) * 16777619u;
	return value;
}

static bool take_address(std::string_view *line, uint64_t *address)
{
	uint64_t value = 0;
	size_t digits = 0;
	for (; digits < line->size() && digits < 16; digits++) {
		char c = (*line)[digits];
		unsigned digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
		if (digit == 16)
			break;
		value = value << 4 | digit;
	}
	if (digits == 0 || digits >= line->size() || (*line)[digits] != ' ')
		return false;
	line->remove_prefix(digits + 1);
	*address = value;
	return true;
}

// "name" or "name<separator>[module]"
static void split_module(std::string_view line, char separator, std::string_view *name,
			 std::string_view *module)
{
	size_t end = line.find(separator);
	*name = line.substr(0, end);
	*module = {};
	if (end != std::string_view::npos && line.size() > end + 2 && line[end + 1] == '[' &&
	    line.back() == ']')
		*module = line.substr(end + 2, line.size() - end - 3);
}

void SymbolTable::add(uint64_t address, std::string_view name, std::string_view module)
{
	entries_.push_back({address, name, module, none});
}

void SymbolTable::index()
{
	heads_.assign(std::bit_ceil(entries_.size() + 1), none);
	// Backwards, so that each chain runs in the order of the file.
	for (size_t i = entries_.size(); i-- > 0;) {
		uint32_t &head = heads_[hash(entries_[i].name) & (heads_.size() - 1)];
		entries_[i].next = head;
		head = i;
	}
}

// Calls parse(line) for each line; stops with EBADMSG at one it cannot read.
template <class Parse> static Result<> each_line(std::string_view text, const char *what, Parse parse)
{
	size_t number = 1;
	for (; !text.empty(); number++) {
		size_t end = std::min(text.find('\n'), text.size());
		if (!parse(text.substr(0, end)))
			return fail(EBADMSG, "%s: line %zu: cannot read '%.*s'", what, number,
				    static_cast<int>(std::min<size_t>(end, 80)), text.data());
		text.remove_prefix(std::min(end + 1, text.size()));
	}
	return {};
}

Result<SymbolTable> SymbolTable::parse_kallsyms(std::string text)
{
	SymbolTable table(std::move(text));
	table.entries_.reserve(table.text_->size() / 40);
	Result<> parsed = each_line(*table.text_, "kallsyms", [&](std::string_view line) {
		uint64_t address;
		if (!take_address(&line, &address) || line.size() < 3 || line[1] != ' ')
			return false;
		std::string_view name, module;
		split_module(line.substr(2), '\t', &name, &module);
		table.add(address, name, module);
		return true;
	});
	if (!parsed)
		return std::unexpected(parsed.error());
	table.index();
	return table;
}

Result<SymbolTable> SymbolTable::parse_ftrace_functions(std::string text, bool with_addresses)
{
	SymbolTable table(std::move(text));
	Result<> parsed = each_line(*table.text_, "available_filter_functions",
				    [&](std::string_view line) {
					    uint64_t address = 0;
					    if (with_addresses && !take_address(&line, &address))
						    return false;
					    std::string_view name, module;
					    split_module(line, ' ', &name, &module);
					    table.add(address, name, module);
					    return !name.empty();
				    });
	if (!parsed)
		return std::unexpected(parsed.error());
	table.index();
	return table;
}

std::vector<SymbolTable::Entry> SymbolTable::find(std::string_view name) const
{
	std::vector<Entry> found;
	if (heads_.empty())
		return found;
	for (uint32_t i = heads_[hash(name) & (heads_.size() - 1)]; i != none; i = entries_[i].next) {
		if (entries_[i].name == name)
			found.push_back(entries_[i]);
	}
	return found;
}

std::vector<std::string_view> SymbolTable::names_at(uint64_t address) const
{
	std::vector<std::string_view> names;
	for (const Entry &entry : entries_) {
		if (entry.address == address && address != 0)
			names.push_back(entry.name);
	}
	return names;
}

std::vector<SymbolTable::Entry> SymbolTable::find(std::string_view object,
						  std::string_view name) const
{
	std::string_view module = object == "vmlinux" ? "" : object;
	std::vector<Entry> found = find(name);
	std::erase_if(found, [&](const Entry &entry) { return entry.module != module; });
	return found;
}

}
