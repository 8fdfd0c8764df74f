// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ftrace_sites.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>

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

bool FtraceSites::has(uint64_t function) const
{
	constexpr uint64_t endbr_size = 4;
	auto site = std::ranges::lower_bound(addresses_, function);
	return site != addresses_.end() && *site - function <= endbr_size;
}

}
