// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kallsyms_tables.hpp"
#include "../module/elf.hpp"
#include "../try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace klp {

// The limits of the search in a hostile file, where every byte can look like the beginning of a
// table. They are ten times the values of a distribution's kernel, or more. Debian's 7.2 has 8 MiB
// of .rodata, 200,000 symbols, 2.2 MiB of names, which are 5 MiB of letters, and in three places
// the digits that the search for tokens begins with.
constexpr size_t rodata_limit = 128u << 20;
constexpr size_t symbol_limit = 4u << 20;
constexpr size_t letters_limit = 64u << 20;
constexpr size_t walk_limit = 64u << 20; // bytes of names, those of look-alikes included
constexpr size_t digits_limit = 1000;

constexpr size_t longest_name = 511; // KSYM_NAME_LEN without its NUL
constexpr size_t symbols_a_marker = 256;

using Bytes = std::span<const std::byte>;

template <class T> static T value_at(Bytes bytes, size_t offset)
{
	T value = {};
	read_at(bytes, offset, &value);
	return value;
}

std::optional<Bytes> next_kallsyms_name(Bytes rodata, size_t *offset, size_t end)
{
	size_t at = *offset;
	if (at >= end)
		return {};
	size_t length = static_cast<uint8_t>(rodata[at++]);
	if (length & 0x80) {
		if (at >= end)
			return {};
		length = (length & 0x7f) | static_cast<size_t>(rodata[at++]) << 7;
	}
	if (length > end - at)
		return {};
	*offset = at + length;
	return rodata.subspan(at, length);
}

namespace {

// Tokens are consecutive strings, and the index has the offset of each. A character that occurs in
// names is its own token, and digits surely occur. TokenSearch therefore finds the token "0"
// first, and then the beginning of the table by the index.
class TokenSearch {
public:
	TokenSearch(const Vmlinux &image, const ImageSection &section)
	    : image_(image),
	      section_(section),
	      letters_(reinterpret_cast<const char *>(section.data.data()), section.data.size())
	{
	}

	Result<> run(KallsymsTables *tables) const
	{
		static constexpr std::string_view digits(
			"0\0001\0002\0003\0004\0005\0006\0007\0008\0009", 20);
		bool found = false;
		size_t tries = 0;
		for (size_t at = 0; (at = letters_.find(digits, at)) != letters_.npos; at++) {
			size_t before = tables->tokens_at;
			if (++tries > digits_limit)
				return image_.corrupt(section_, at,
						      "too much looks like tokens of kallsyms");
			if (!read_around(at, tables))
				continue;
			if (found)
				return image_.corrupt(
					section_, tables->tokens_at,
					"a second token table of kallsyms beside that at %#zx",
					before);
			found = true;
		}
		if (!found)
			return image_.corrupt(section_, 0,
					      "no token table of kallsyms in these %#zx bytes",
					      letters_.size());
		return {};
	}

private:
	bool read_around(size_t zero, KallsymsTables *tables) const
	{
		std::optional<size_t> end = end_of_table(zero);
		return end && (read_at_index(zero, *end, aligned_up(*end, 4), tables) ||
			       read_at_index(zero, *end, aligned_up(*end, 8), tables));
	}

	bool read_at_index(size_t zero, size_t end, size_t index, KallsymsTables *tables) const
	{
		size_t index_size = tables->tokens.size() * sizeof(uint16_t);
		if (index_size > letters_.size() || index > letters_.size() - index_size)
			return false;
		size_t start = zero - index_entry(index, '0'); // wraps around in a look-alike
		if (start > zero || start % 4 != 0 || !index_agrees(start, end, index))
			return false;
		for (size_t i = 0; i < tables->tokens.size(); i++)
			tables->tokens[i] = letters_.data() + start + index_entry(index, i);
		tables->tokens_at = start;
		tables->tokens_end = index + index_size;
		return true;
	}

	std::optional<size_t> end_of_table(size_t zero) const
	{
		size_t end = zero;
		for (size_t i = '0'; i < 256; i++) {
			size_t nul = letters_.substr(end, longest_name + 2).find('\0');
			if (nul == letters_.npos)
				return {};
			end += nul + 1;
		}
		return end;
	}

	uint16_t index_entry(size_t index, size_t token) const
	{
		return value_at<uint16_t>(section_.data, index + token * sizeof(uint16_t));
	}

	bool index_agrees(size_t start, size_t end, size_t index) const
	{
		size_t at = start;
		for (size_t i = 0; i < 256; i++) {
			if (index_entry(index, i) != at - start)
				return false;
			for (; at < end && letters_[at] != '\0'; at++) {
				// No name has any other letter.
				if (letters_[at] <= ' ' || letters_[at] > '~')
					return false;
			}
			if (at++ >= end)
				return false;
		}
		return at == end;
	}

	const Vmlinux &image_;
	const ImageSection &section_;
	std::string_view letters_;
};

// Finds the count of symbols, the names behind it and their markers, which fit exactly in front of
// the token table.
class NamesSearch {
public:
	NamesSearch(const Vmlinux &image, const KallsymsTables &tables)
	    : image_(image), rodata_(tables.section->data), tables_(tables)
	{
	}

	Result<KallsymsTables> run()
	{
		std::optional<KallsymsTables> found;
		for (size_t at = 0; at + 16 <= tables_.tokens_at; at += 4) {
			bool fits = read_behind(at, 8) || read_behind(at, 4);
			if (walked_ > walk_limit)
				return image_.corrupt(*tables_.section, at,
						      "too much looks like names of kallsyms");
			if (fits && found)
				return image_.corrupt(*tables_.section, at,
						      "a second table of names beside that at %#zx",
						      found->count_at);
			if (fits)
				found = tables_;
		}
		if (!found)
			return image_.corrupt(*tables_.section, tables_.tokens_at,
					      "no names fit in front of this token table");
		return *found;
	}

private:
	bool read_behind(size_t count_at, size_t alignment)
	{
		if (count_at % alignment != 0 || tables_.tokens_at % alignment != 0 ||
		    tables_.tokens_end % alignment != 0)
			return false;
		tables_.alignment = alignment;
		tables_.count_at = count_at;
		tables_.names = aligned_up(count_at + sizeof(uint32_t), alignment);
		tables_.count = value_at<uint32_t>(rodata_, count_at);
		size_t count = tables_.count;
		// A name takes two bytes or more.
		if (count == 0 || count > symbol_limit ||
		    count > (tables_.tokens_at - tables_.names) / 2)
			return false;
		size_t markers =
			(count + symbols_a_marker - 1) / symbols_a_marker * sizeof(uint32_t);
		markers = aligned_up(markers, alignment);
		size_t seqs = aligned_up(count * 3, alignment);
		tables_.seqs = {};
		if (fits(markers))
			return true;
		if (!fits(markers + seqs))
			return false;
		tables_.seqs = tables_.tokens_at - seqs;
		return true;
	}

	// Whether the tables fit with so many bytes of markers, and of seqs if any, in front of
	// the tokens.
	bool fits(size_t size)
	{
		if (size > tables_.tokens_at - tables_.names)
			return false;
		size_t markers = tables_.tokens_at - size;
		return markers_agree(markers) &&
		       aligned_up(tables_.names_end, tables_.alignment) == markers;
	}

	bool markers_agree(size_t markers)
	{
		size_t at = tables_.names;
		tables_.letters = 0;
		for (size_t i = 0; i < tables_.count; i++) {
			size_t marker = markers + i / symbols_a_marker * sizeof(uint32_t);
			if (i % symbols_a_marker == 0 &&
			    value_at<uint32_t>(rodata_, marker) != at - tables_.names)
				return false;
			std::optional<Bytes> name = next_kallsyms_name(rodata_, &at, markers);
			if (!name)
				return false;
			walked_ += name->size() + 1;
			size_t letters = letters_of(*name);
			tables_.letters += letters;
			if (letters < 2 || letters > 1 + longest_name ||
			    tables_.letters > letters_limit)
				return false;
		}
		tables_.names_end = at;
		return true;
	}

	size_t letters_of(Bytes name) const
	{
		size_t letters = 0;
		for (std::byte token : name)
			letters += tables_.tokens[static_cast<uint8_t>(token)].size();
		return letters;
	}

	const Vmlinux &image_;
	Bytes rodata_;
	KallsymsTables tables_;
	size_t walked_ = 0;
};

}

Result<KallsymsTables> find_kallsyms_tables(const Vmlinux &image)
{
	const ImageSection *section = image.section(".rodata");
	if (!section || section->data.empty())
		return fail(EBADMSG, "%s: no .rodata, where kallsyms would be",
			    image.path().c_str());
	if (section->data.size() > rodata_limit || section->address % 8 != 0)
		return image.corrupt(*section, 0, "%#zx bytes at %#llx: no .rodata of a kernel",
				     section->data.size(),
				     static_cast<unsigned long long>(section->address));
	KallsymsTables tables = {};
	tables.section = section;
	TRY(TokenSearch(image, *section).run(&tables));
	return NamesSearch(image, tables).run();
}

}
