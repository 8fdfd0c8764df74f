// SPDX-License-Identifier: LGPL-2.1-or-later
#include "symbol_table.hpp"
#include "fail.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>

namespace klp {

static constexpr size_t address_digits = 16;

// FNV-1a; names are short and many.
static uint32_t hash(std::string_view name)
{
	uint32_t value = 2166136261u;
	for (unsigned char letter : name)
		value = (value ^ letter) * 16777619u;
	return value;
}

std::string_view SymbolTable::line_at(size_t start) const
{
	std::string_view rest = std::string_view(*text_).substr(start);
	return rest.substr(0, rest.find('\n'));
}

std::string_view SymbolTable::name_in(std::string_view line) const
{
	std::string_view name = line.substr(format_.prefix);
	return name.substr(0, name.find(format_.end_of_name));
}

// Checks the columns; the address is parsed when somebody asks for it.
bool SymbolTable::is_well_formed(std::string_view line) const
{
	return line.size() > format_.prefix &&
	       (format_.prefix == 0 ||
		(line[address_digits] == ' ' && line[format_.prefix - 1] == ' '));
}

void SymbolTable::index()
{
	heads_.assign(std::bit_ceil(lines_.size() + 1), none);
	// Goes backwards, so that each chain is in the order of the file.
	for (size_t i = lines_.size(); i-- > 0;) {
		std::string_view name = name_in(line_at(lines_[i].start));
		uint32_t &head = heads_[hash(name) & (heads_.size() - 1)];
		lines_[i].next = head;
		head = i;
	}
}

Result<SymbolTable> SymbolTable::parse(std::string text, const Format &format)
{
	SymbolTable table;
	if (text.size() >= none)
		return fail(EFBIG, "%s: %zu bytes are too many", format.file, text.size());
	table.format_ = format;
	table.text_ = std::make_unique<std::string>(std::move(text));
	table.lines_.reserve(table.text_->size() / 32);
	for (size_t start = 0; start < table.text_->size();) {
		std::string_view line = table.line_at(start);
		if (!table.is_well_formed(line))
			return fail(EBADMSG, "%s: line %zu: cannot read '%.*s'", format.file,
				    table.lines_.size() + 1,
				    static_cast<int>(std::min<size_t>(line.size(), 80)),
				    line.data());
		table.lines_.push_back({static_cast<uint32_t>(start), none});
		start += line.size() + 1;
	}
	table.index();
	return table;
}

Result<SymbolTable> SymbolTable::parse_kallsyms(std::string text)
{
	return parse(std::move(text), {"kallsyms", address_digits + 3, '\t'});
}

Result<SymbolTable> SymbolTable::parse_ftrace_functions(std::string text, bool with_addresses)
{
	size_t prefix = with_addresses ? address_digits + 1 : 0;
	return parse(std::move(text), {"available_filter_functions", prefix, ' '});
}

// "name" or "name<end_of_name>[module]"
SymbolTable::Entry SymbolTable::entry(const Line &line) const
{
	std::string_view text = line_at(line.start);
	Entry entry = {0, name_in(text), {}};
	if (format_.prefix > 0)
		std::from_chars(text.data(), text.data() + address_digits, entry.address, 16);
	std::string_view rest = text.substr(format_.prefix + entry.name.size());
	if (rest.size() > 3 && rest[1] == '[' && rest.back() == ']')
		entry.module = rest.substr(2, rest.size() - 3);
	return entry;
}

std::vector<SymbolTable::Entry> SymbolTable::find(std::string_view name) const
{
	std::vector<Entry> found;
	for (uint32_t i = heads_[hash(name) & (heads_.size() - 1)]; i != none; i = lines_[i].next) {
		Entry candidate = entry(lines_[i]);
		if (candidate.name == name)
			found.push_back(candidate);
	}
	return found;
}

std::vector<std::string_view> SymbolTable::names_at(uint64_t address) const
{
	if (by_address_.empty()) {
		by_address_.reserve(lines_.size());
		for (uint32_t i = 0; i < lines_.size(); i++)
			by_address_.emplace_back(entry(lines_[i]).address, i);
		std::ranges::sort(by_address_);
	}
	std::vector<std::string_view> names;
	if (address == 0)
		return names;
	auto [at, end] = std::ranges::equal_range(by_address_, address, {},
						  &std::pair<uint64_t, uint32_t>::first);
	for (; at != end; at++)
		names.push_back(name_in(line_at(lines_[at->second].start)));
	return names;
}

std::vector<SymbolTable::Entry> SymbolTable::all() const
{
	std::vector<Entry> entries;
	entries.reserve(lines_.size());
	for (const Line &line : lines_)
		entries.push_back(entry(line));
	return entries;
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
