// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exports.hpp"
#include "file.hpp"
#include "module/module_file.hpp"
#include "modules.hpp"
#include "try.hpp"

#include <cerrno>
#include <charconv>
#include <sstream>

namespace klp {

// struct kernel_symbol with CONFIG_HAVE_ARCH_PREL32_RELOCATIONS: three 32-bit
// offsets (include/linux/export.h of 6.1, kernel/module/internal.h of 6.12).
static constexpr uint64_t ksymtab_entry_size = 12;

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

Result<Exports::Entry> Exports::entry_of(const SymbolTable &kallsyms,
					 const std::string &symbol) const
{
	std::vector<SymbolTable::Entry> entries = kallsyms.find("__ksymtab_" + symbol);
	if (entries.empty() || entries[0].address == 0)
		return fail(ENODATA, "kallsyms hides the address of '%s'", symbol.c_str());
	Entry entry = {std::string(entries[0].module), entries[0].address, 0, false};
	// An export is in one of two tables; in vmlinux the GPL table comes second.
	uint64_t best = 0;
	for (bool is_gpl : {false, true}) {
		Result<uint64_t> start =
			table_start(kallsyms, entry.module, is_gpl ? "__ksymtab_gpl" : "__ksymtab");
		if (start && *start <= entry.address && *start > best) {
			best = *start;
			entry.is_gpl = is_gpl;
		}
	}
	uint64_t offset = entry.address - best;
	if (best == 0 || offset % ksymtab_entry_size != 0)
		return fail(ENODATA, "'%s' is in neither __ksymtab nor __ksymtab_gpl",
			    symbol.c_str());
	entry.index = offset / ksymtab_entry_size;
	return entry;
}

Result<uint32_t> Exports::crc_in_memory(const SymbolTable &kallsyms, const KernelMemory &memory,
					const std::string &symbol) const
{
	Entry entry = TRY(entry_of(kallsyms, symbol));
	uint64_t start = TRY(
		table_start(kallsyms, entry.module, entry.is_gpl ? "__kcrctab_gpl" : "__kcrctab"));
	uint32_t crc;
	TRY(memory.read(start + entry.index * sizeof(crc), &crc, sizeof(crc)));
	return crc;
}

// A namespace in the kernel's memory.
static Result<std::string> read_name(const KernelMemory &memory, uint64_t address)
{
	constexpr size_t longest = 512; // KSYM_NAME_LEN; a namespace is shorter
	std::string name;
	for (char letter; name.size() < longest; name += letter) {
		TRY(memory.read(address + name.size(), &letter, sizeof(letter)));
		if (letter == '\0')
			return name;
	}
	return fail(ENODATA, "a namespace at %#llx does not end",
		    static_cast<unsigned long long>(address));
}

Result<ExportTerms> Exports::terms_in_memory(const SymbolTable &kallsyms,
					     const KernelMemory &memory,
					     const std::string &symbol) const
{
	constexpr uint64_t name_space_offset = 8; // in the entry
	Entry entry = TRY(entry_of(kallsyms, symbol));
	ExportTerms terms = {entry.is_gpl, ""};
	Result<uint64_t> flags = table_start(kallsyms, entry.module, "__kflagstab");
	if (flags) {
		uint8_t flag;
		TRY(memory.read(*flags + entry.index, &flag, sizeof(flag)));
		terms.gpl_only = flag & export_is_gpl_only;
	}
	uint64_t place = entry.address + name_space_offset;
	int32_t distance;
	TRY(memory.read(place, &distance, sizeof(distance)));
	if (distance != 0)
		terms.name_space = TRY(read_name(memory, place + distance));
	return terms;
}

// A line is "0x12345678<tab>SYMBOL<tab>OBJECT<tab>EXPORT_SYMBOL[_GPL]<tab>NAMESPACE".
Result<std::map<std::string, Exports::Listed>> Exports::read_symvers(const std::string &path)
{
	std::string text = TRY(read_text(path));
	std::istringstream lines(text);
	std::map<std::string, Listed> exports;
	std::string line;
	while (std::getline(lines, line)) {
		std::istringstream fields(line);
		std::string crc, symbol, object, kind;
		Listed listed = {};
		std::getline(fields, crc, '\t');
		std::getline(fields, symbol, '\t');
		std::getline(fields, object, '\t');
		std::getline(fields, kind, '\t');
		std::getline(fields, listed.terms.name_space);
		if (kind.empty() || !crc.starts_with("0x") ||
		    std::from_chars(crc.data() + 2, crc.data() + crc.size(), listed.crc, 16).ec !=
			    std::errc())
			return fail(EBADMSG, "%s: cannot read '%s'", path.c_str(), line.c_str());
		listed.terms.gpl_only = kind.ends_with("_GPL");
		exports[symbol] = std::move(listed);
	}
	return exports;
}

Result<Exports::Listed> Exports::in_symvers(const std::string &symbol)
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

template <typename Fact>
Result<Fact> Exports::fact(Result<Fact> in_memory, const std::string &symbol, Fact Listed::*listed)
{
	if (in_memory)
		return in_memory;
	Result<Listed> from_headers = in_symvers(symbol);
	if (from_headers)
		return *from_headers.*listed;
	return fail(ENODATA, "%s; %s", in_memory.error().message.c_str(),
		    from_headers.error().message.c_str());
}

Result<uint32_t> Exports::crc(const SymbolTable &kallsyms, const Result<KernelMemory> &memory,
			      const std::string &symbol)
{
	return fact(memory ? crc_in_memory(kallsyms, *memory, symbol)
			   : std::unexpected(memory.error()),
		    symbol, &Listed::crc);
}

Result<ExportTerms> Exports::terms(const SymbolTable &kallsyms, const Result<KernelMemory> &memory,
				   const std::string &symbol)
{
	return fact(memory ? terms_in_memory(kallsyms, *memory, symbol)
			   : std::unexpected(memory.error()),
		    symbol, &Listed::terms);
}

}
