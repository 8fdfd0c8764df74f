// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image_kallsyms.hpp"
#include "../module/elf.hpp"
#include "../try.hpp"
#include "kallsyms_tables.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

namespace klp {

namespace {

// A way to read the table of offsets (scripts/kallsyms.c). Nothing in the image names the way: the
// right one is the one that gives a kernel's addresses.
struct Encoding {
	enum Kind {
		from_base, // added to the base: 6.15, or without CONFIG_SMP
		from_base_or_percpu, // -1 - offset from the base, or a per-CPU symbol's
				     // address in a section that begins at 0: up to 6.14
		from_own_place, // added to the address of the offset: 7.x
	};
	Kind kind;
	size_t offsets; // in .rodata
	size_t base; // in .rodata
	std::optional<size_t> seqs; // in .rodata
};

class Addresses {
public:
	Addresses(const Vmlinux &image, const KallsymsTables &tables)
	    : image_(image),
	      rodata_(tables.section->data),
	      start_(tables.section->address),
	      count_(tables.count)
	{
	}

	// false unless the addresses are in order and within the image.
	bool read(const Encoding &encoding, std::vector<ImageSymbol> *symbols) const
	{
		uint64_t before = 0;
		for (uint32_t i = 0; i < count_; i++) {
			std::optional<uint64_t> address = read_one(encoding, i);
			if (!address || *address < before || !image_.spans(*address))
				return false;
			(*symbols)[i].address = before = *address;
		}
		return true;
	}

private:
	std::optional<uint64_t> read_one(const Encoding &encoding, uint32_t i) const
	{
		size_t at = encoding.offsets + i * sizeof(int32_t);
		int32_t offset;
		uint64_t base = 0;
		if (!read_at(rodata_, at, &offset) || (encoding.kind != Encoding::from_own_place &&
						       !read_at(rodata_, encoding.base, &base)))
			return {};
		switch (encoding.kind) {
		case Encoding::from_base:
			return base + static_cast<uint32_t>(offset);
		case Encoding::from_base_or_percpu:
			return offset >= 0 ? offset : base - 1 - offset;
		case Encoding::from_own_place:
			return start_ + at + offset;
		}
		return {};
	}

	const Vmlinux &image_;
	std::span<const std::byte> rodata_;
	uint64_t start_;
	uint32_t count_;
};

}

static ImageKallsyms read_names(const KallsymsTables &tables)
{
	ImageKallsyms kallsyms;
	kallsyms.letters.reserve(tables.letters); // views into letters are made at once
	kallsyms.symbols.reserve(tables.count);
	size_t at = tables.names;
	for (uint32_t i = 0; i < tables.count; i++) {
		std::vector<char> &letters = kallsyms.letters;
		size_t start = letters.size();
		auto codes = next_kallsyms_name(tables.section->data, &at, tables.names_end);
		for (std::byte code : *codes) {
			std::string_view token = tables.tokens[static_cast<uint8_t>(code)];
			letters.insert(letters.end(), token.begin(), token.end());
		}
		std::string_view name(letters.data() + start, letters.size() - start);
		kallsyms.symbols.push_back({.address = 0, .type = name[0], .name = name.substr(1)});
	}
	return kallsyms;
}

static bool banner_is_at(const Vmlinux &image, uint64_t address)
{
	constexpr std::string_view beginning = "Linux version ";
	std::span<const std::byte> bytes = image.bytes(address, beginning.size());
	return std::string_view(reinterpret_cast<const char *>(bytes.data()), bytes.size()) ==
	       beginning;
}

static std::vector<Encoding> encodings_of(const KallsymsTables &tables)
{
	size_t offsets_size = aligned_up(tables.count * sizeof(int32_t), tables.alignment);
	size_t base_size = sizeof(uint64_t);
	std::vector<Encoding> encodings;
	for (Encoding::Kind kind : {Encoding::from_base, Encoding::from_base_or_percpu}) {
		if (tables.count_at >= offsets_size + base_size)
			encodings.push_back({kind, tables.count_at - base_size - offsets_size,
					     tables.count_at - base_size, tables.seqs});
		size_t base = tables.tokens_end + offsets_size;
		encodings.push_back({kind, tables.tokens_end, base, base + base_size});
	}
	encodings.push_back(
		{Encoding::from_own_place, tables.tokens_end, 0, tables.tokens_end + offsets_size});
	return encodings;
}

// The kernel's own index by name has every symbol once, and proves each name by its neighbours.
static Result<> check_order(const Vmlinux &image, const ImageSection &rodata, size_t seqs,
			    const std::vector<ImageSymbol> &symbols)
{
	std::vector<bool> seen(symbols.size());
	std::string_view before;
	for (size_t i = 0; i < symbols.size(); i++, seqs += 3) {
		uint8_t high, middle, low;
		if (!read_at(rodata.data, seqs, &high) ||
		    !read_at(rodata.data, seqs + 1, &middle) ||
		    !read_at(rodata.data, seqs + 2, &low))
			return image.corrupt(rodata, seqs, "kallsyms' order by name is cut short");
		size_t seq = high << 16 | middle << 8 | low;
		if (seq >= symbols.size())
			return image.corrupt(rodata, seqs,
					     "symbol %zu in kallsyms' order by name, of %zu", seq,
					     symbols.size());
		if (seen[seq])
			return image.corrupt(rodata, seqs,
					     "symbol %zu twice in kallsyms' order by name", seq);
		seen[seq] = true;
		// Clang's LTO numbers symbols after their name, and some kernels sort without this
		// number.
		std::string_view name = symbols[seq].name;
		if (name < before && name.find(".llvm.") == name.npos &&
		    before.find(".llvm.") == before.npos)
			return image.corrupt(rodata, seqs,
					     "'%.*s' behind '%.*s' in kallsyms' order by name",
					     static_cast<int>(name.size()), name.data(),
					     static_cast<int>(before.size()), before.data());
		before = name;
	}
	return {};
}

Result<ImageKallsyms> read_image_kallsyms(const Vmlinux &image)
{
	KallsymsTables tables = TRY(find_kallsyms_tables(image));
	ImageKallsyms kallsyms = read_names(tables);
	auto banner = std::ranges::find(kallsyms.symbols, "linux_banner", &ImageSymbol::name);
	size_t banner_index = banner - kallsyms.symbols.begin();
	if (banner == kallsyms.symbols.end())
		return fail(
			ENOTSUP,
			"%s: no 'linux_banner' among its symbols: built without CONFIG_KALLSYMS_ALL, which livepatching needs",
			image.path().c_str());
	Addresses addresses(image, tables);
	const std::vector<Encoding> encodings = encodings_of(tables);
	const Encoding *found = nullptr;
	std::vector<ImageSymbol> trial = kallsyms.symbols;
	for (const Encoding &encoding : encodings) {
		if (!addresses.read(encoding, &trial) ||
		    !banner_is_at(image, trial[banner_index].address))
			continue;
		if (found)
			return image.corrupt(
				*tables.section, encoding.offsets,
				"the addresses of kallsyms can be read in two ways, the other at %#zx",
				found->offsets);
		found = &encoding;
		kallsyms.symbols = trial;
	}
	if (!found)
		return image.corrupt(
			*tables.section, tables.count_at,
			"no addresses fit these %u symbols of kallsyms: in order, in the image, and linux_banner at its text",
			tables.count);
	if (found->seqs)
		TRY(check_order(image, *tables.section, *found->seqs, kallsyms.symbols));
	return kallsyms;
}

}
