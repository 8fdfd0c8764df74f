// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ftrace_sites.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace klp {

namespace {

// kernel/trace/ftrace.c and include/linux/ftrace.h; BTF of 6.1, 6.12 and 7.3.
struct FtracePage {
	uint64_t next;
	uint64_t records;
	int32_t index; // the number of used records
	int32_t order;
};

struct DynFtrace {
	uint64_t ip;
	uint64_t flags;
};

constexpr uint64_t kernel_text = 0xffffffff80000000; // and modules above it
constexpr size_t most_records = 1 << 16; // of one page group: MAX_ORDER pages at most
constexpr size_t most_pages = 1 << 16;

Result<> read_page(const KernelMemory &memory, const FtracePage &page,
		   std::vector<uint64_t> *addresses)
{
	if (page.index < 0 || static_cast<size_t>(page.index) > most_records)
		return fail(ENODATA, "ftrace's records do not look as expected: %d in a page",
			    page.index);
	std::vector<DynFtrace> records(page.index);
	TRY(memory.read(page.records, records.data(), records.size() * sizeof(DynFtrace)));
	for (const DynFtrace &record : records) {
		// 0 is a place that ftrace gave up: an __init function's.
		if (record.ip != 0 && record.ip < kernel_text)
			return fail(ENODATA,
				    "ftrace's records do not look as expected: a site at %#llx",
				    static_cast<unsigned long long>(record.ip));
		addresses->push_back(record.ip);
	}
	return {};
}

}

Result<FtraceSites> FtraceSites::read(const KernelMemory &memory, const SymbolTable &kallsyms)
{
	std::vector<SymbolTable::Entry> start = kallsyms.find("vmlinux", "ftrace_pages_start");
	std::vector<SymbolTable::Entry> known = kallsyms.find("vmlinux", "klp_enable_patch");
	if (start.size() != 1 || start[0].address == 0 || known.size() != 1)
		return fail(ENODATA, "kallsyms does not show where ftrace's records are");
	FtraceSites sites;
	uint64_t at;
	TRY(memory.read(start[0].address, &at, sizeof(at)));
	for (size_t pages = 0; at != 0; pages++) {
		FtracePage page;
		if (pages == most_pages)
			return fail(ENODATA, "ftrace's records do not end");
		TRY(memory.read(at, &page, sizeof(page)));
		TRY(read_page(memory, page, &sites.addresses_));
		at = page.next;
	}
	std::ranges::sort(sites.addresses_);
	// A function that ftrace can redirect in every kernel that has livepatch.
	if (!sites.has(known[0].address))
		return fail(ENODATA, "ftrace's records do not hold klp_enable_patch");
	return sites;
}

static Result<uint64_t> bound(const KernelImage &image, const char *name)
{
	std::vector<const KernelImage::Symbol *> found = image.find(name);
	if (found.size() != 1)
		return fail(ENODATA, "the kernel's image has %zu symbols '%s' instead of one",
			    found.size(), name);
	return found[0]->address;
}

Result<FtraceSites> FtraceSites::of_image(const KernelImage &image)
{
	uint64_t start = TRY(bound(image, "__start_mcount_loc"));
	uint64_t stop = TRY(bound(image, "__stop_mcount_loc"));
	uint64_t init = TRY(bound(image, "__init_begin"));
	uint64_t init_end = TRY(bound(image, "__init_end"));
	std::span<const std::byte> table;
	if (stop > start && (stop - start) % sizeof(uint64_t) == 0)
		table = image.bytes(start, stop - start);
	if (table.empty())
		return fail(ENODATA, "the kernel's image has no table of ftrace's sites");
	FtraceSites sites;
	for (size_t at = 0; at < table.size(); at += sizeof(uint64_t)) {
		uint64_t site;
		memcpy(&site, table.data() + at, sizeof(site));
		if (site == 0) // a place that the build gave up
			continue;
		if (site < kernel_text)
			return fail(ENODATA,
				    "ftrace's sites do not look as expected: a site at %#llx",
				    static_cast<unsigned long long>(site));
		if (site < init || site >= init_end)
			sites.addresses_.push_back(site);
	}
	std::ranges::sort(sites.addresses_);
	std::vector<const KernelImage::Symbol *> known = image.find("klp_enable_patch");
	if (known.size() != 1 || !sites.has(known[0]->address))
		return fail(ENODATA, "ftrace's sites do not hold klp_enable_patch");
	return sites;
}

bool FtraceSites::has(uint64_t function) const
{
	constexpr uint64_t endbr_size = 4;
	auto site = std::ranges::lower_bound(addresses_, function);
	return site != addresses_.end() && *site - function <= endbr_size;
}

}
