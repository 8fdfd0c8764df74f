// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image_exports.hpp"
#include "../module/module_file.hpp"
#include "../try.hpp"

#include <algorithm>
#include <cerrno>

namespace klp {

namespace {

// struct kernel_symbol: each field is the distance from its own place.
struct Entry {
	int32_t value;
	int32_t name;
	int32_t namespace_;
};

// The sections that are parallel, entry by entry, to a table of exports.
struct Table {
	const char *entries;
	const char *crcs; // 4 bytes each; not there without CONFIG_MODVERSIONS
	const char *flags; // 1 byte each; 7.x, which has no table for GPL-only exports
	bool gpl_only;
};

constexpr Table tables[] = {
	{"__ksymtab", "__kcrctab", "__kflagstab", false},
	{"__ksymtab_gpl", "__kcrctab_gpl", nullptr, true},
};

// KSYM_NAME_LEN; a namespace is shorter.
constexpr size_t name_limit = 512;

}

// A section parallel to a table, or nullptr where the kernel has none.
static Result<const ImageSection *> beside(const Vmlinux &image, const char *name, size_t count,
					   size_t size)
{
	const ImageSection *section = name ? image.section(name) : nullptr;
	if (section && section->data.size() != count * size)
		return image.corrupt(*section, 0,
				     "%#zx bytes instead of %zu for each of %zu exports",
				     section->data.size(), size, count);
	return section;
}

// The name that an entry's field points to.
static Result<std::string_view> name_behind(const Vmlinux &image, const ImageSection &section,
					    size_t offset)
{
	int32_t distance = 0;
	read_at(section.data, offset, &distance);
	uint64_t address = section.address + offset + distance;
	std::optional<std::string_view> name = image.string(address, name_limit);
	if (!name || std::ranges::any_of(*name, [](char c) { return c <= ' ' || c > '~'; }))
		return image.corrupt(section, offset, "its name is at %#llx, where none is",
				     static_cast<unsigned long long>(address));
	return *name;
}

static Result<> read_table(const Vmlinux &image, const Table &table,
			   std::vector<ImageExport> *exports)
{
	const ImageSection *section = image.section(table.entries);
	if (!section)
		return {};
	if (section->data.size() % sizeof(Entry) != 0)
		return image.corrupt(*section, 0, "a size of %#zx is no multiple of %zu",
				     section->data.size(), sizeof(Entry));
	size_t count = section->data.size() / sizeof(Entry);
	const ImageSection *crcs = TRY(beside(image, table.crcs, count, sizeof(uint32_t)));
	const ImageSection *flags = TRY(beside(image, table.flags, count, sizeof(uint8_t)));
	for (size_t i = 0; i < count; i++) {
		size_t at = i * sizeof(Entry);
		Entry entry;
		read_at(section->data, at, &entry);
		ImageExport symbol = {};
		symbol.address = section->address + at + offsetof(Entry, value) + entry.value;
		symbol.name = TRY(name_behind(image, *section, at + offsetof(Entry, name)));
		if (entry.namespace_ != 0)
			symbol.namespace_ =
				TRY(name_behind(image, *section, at + offsetof(Entry, namespace_)));
		uint8_t flag = 0;
		if (flags)
			read_at(flags->data, i, &flag);
		symbol.gpl_only = table.gpl_only || flag & export_is_gpl_only;
		uint32_t crc;
		if (crcs && read_at(crcs->data, i * sizeof(crc), &crc))
			symbol.crc = crc;
		// The kernel itself makes a binary search in this table.
		if (i > 0 && symbol.name <= exports->back().name)
			return image.corrupt(*section, at, "'%.*s' behind '%.*s': not in order",
					     static_cast<int>(symbol.name.size()),
					     symbol.name.data(),
					     static_cast<int>(exports->back().name.size()),
					     exports->back().name.data());
		exports->push_back(symbol);
	}
	return {};
}

Result<std::vector<ImageExport>> read_image_exports(const Vmlinux &image)
{
	std::vector<ImageExport> exports;
	for (const Table &table : tables)
		TRY(read_table(image, table, &exports));
	std::ranges::sort(exports, {}, &ImageExport::name);
	auto twin = std::ranges::adjacent_find(exports, {}, &ImageExport::name);
	if (twin != exports.end())
		return image.corrupt(*image.section(tables[1].entries), 0,
				     "exports '%.*s' as __ksymtab does",
				     static_cast<int>(twin->name.size()), twin->name.data());
	return exports;
}

}
