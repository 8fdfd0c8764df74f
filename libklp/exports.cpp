// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exports.hpp"
#include "file.hpp"
#include "modules.hpp"
#include "try.hpp"

#include <cerrno>
#include <charconv>
#include <sstream>

namespace klp {

// struct kernel_symbol with CONFIG_HAVE_ARCH_PREL32_RELOCATIONS: three 32-bit
// offsets (include/linux/export.h of 6.1, kernel/module/internal.h of 6.12).
static constexpr uint64_t ksymtab_entry_size = 12;
static constexpr uint64_t kcrctab_entry_size = 4;

bool Exports::contains(const SymbolTable &kallsyms, const std::string &symbol)
{
	return !kallsyms.find("__ksymtab_" + symbol).empty();
}

Result<uint64_t> Exports::table_start(const SymbolTable &kallsyms, const std::string &module,
				      const std::string &table) const
{
	if (!module.empty())
		return module_section(root_, module, table);
	std::vector<SymbolTable::Entry> start = kallsyms.find("vmlinux", "__start_" + table);
	if (start.size() != 1)
		return fail(ENODATA, "kallsyms has no __start_%s", table.c_str());
	return start[0].address;
}

Result<uint32_t> Exports::crc_in_memory(const SymbolTable &kallsyms, const KernelMemory &memory,
					const std::string &symbol) const
{
	std::vector<SymbolTable::Entry> entries = kallsyms.find("__ksymtab_" + symbol);
	if (entries.empty() || entries[0].address == 0)
		return fail(ENODATA, "kallsyms hides the address of '%s'", symbol.c_str());
	std::string module(entries[0].module);
	uint64_t entry = entries[0].address;
	// An export is in one of two tables; in vmlinux the GPL table comes second.
	uint64_t best = 0;
	std::string checksums;
	for (const char *suffix : {"", "_gpl"}) {
		Result<uint64_t> start =
			table_start(kallsyms, module, std::string("__ksymtab") + suffix);
		if (start && *start <= entry && *start > best) {
			best = *start;
			checksums = std::string("__kcrctab") + suffix;
		}
	}
	if (best == 0 || (entry - best) % ksymtab_entry_size != 0)
		return fail(ENODATA, "'%s' is in neither __ksymtab nor __ksymtab_gpl",
			    symbol.c_str());
	uint64_t start = TRY(table_start(kallsyms, module, checksums));
	uint32_t crc;
	TRY(memory.read(start + (entry - best) / ksymtab_entry_size * kcrctab_entry_size, &crc,
			sizeof(crc)));
	return crc;
}

static Result<std::map<std::string, uint32_t>> read_symvers(const std::string &path)
{
	std::string text = TRY(read_text(path));
	std::istringstream lines(text);
	std::map<std::string, uint32_t> crcs;
	std::string line;
	while (std::getline(lines, line)) {
		// 0x12345678<tab>name<tab>object<tab>EXPORT_SYMBOL…
		size_t tab = line.find('\t');
		size_t end = line.find('\t', tab + 1);
		uint32_t crc;
		if (!line.starts_with("0x") || tab == std::string::npos ||
		    end == std::string::npos ||
		    std::from_chars(line.data() + 2, line.data() + tab, crc, 16).ec != std::errc())
			return fail(EBADMSG, "%s: cannot read '%s'", path.c_str(), line.c_str());
		crcs[line.substr(tab + 1, end - tab - 1)] = crc;
	}
	return crcs;
}

Result<uint32_t> Exports::crc_in_symvers(const std::string &symbol)
{
	if (!symvers_) {
		std::string build = root_ + "/lib/modules/" + release_ + "/build/Module.symvers";
		std::string headers =
			root_ + "/usr/src/linux-headers-" + release_ + "/Module.symvers";
		symvers_ = read_symvers(exists(build) ? build : headers);
	}
	if (!*symvers_)
		return std::unexpected(symvers_->error());
	auto found = (*symvers_)->find(symbol);
	if (found == (*symvers_)->end())
		return fail(ENODATA, "Module.symvers does not have '%s'", symbol.c_str());
	return found->second;
}

Result<uint32_t> Exports::crc(const SymbolTable &kallsyms, const Result<KernelMemory> &memory,
			      const std::string &symbol)
{
	Result<uint32_t> crc =
		memory ? crc_in_memory(kallsyms, *memory, symbol) : std::unexpected(memory.error());
	if (crc)
		return crc;
	Result<uint32_t> from_headers = crc_in_symvers(symbol);
	if (from_headers)
		return from_headers;
	return fail(ENODATA, "%s; %s", crc.error().message.c_str(),
		    from_headers.error().message.c_str());
}

}
