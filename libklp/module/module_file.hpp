// SPDX-License-Identifier: LGPL-2.1-or-later
// The facts that any kernel module has about itself: .modinfo, __versions, the symbols that it
// needs and defines, its ftrace sites, its build id, its signature.
#pragma once

#include "elf.hpp"

#include <klp/module_facts.hpp>
#include <optional>
#include <set>

namespace klp {

// The limit is larger than any unpacked module of a distribution. It is small enough that all data
// made from a hostile module stays under half a gigabyte. EBADMSG for a larger module.
constexpr size_t module_size_limit = 64 << 20;

// A symbol that a module exports (include/linux/export-internal.h).
struct ModuleExport {
	std::optional<uint32_t> crc; // nothing without CONFIG_MODVERSIONS
	ExportTerms terms;
};

// Bit of an entry of __kflagstab, which Linux 7.x has in place of the table __ksymtab_gpl.
constexpr uint8_t export_is_gpl_only = 1; // KSYM_FLAG_GPL_ONLY

class ModuleFile {
public:
	// Compressed or not.
	static Result<ModuleFile> open(const std::string &path);
	static Result<ModuleFile> parse(const std::string &path, std::vector<std::byte> bytes);

	const ElfFile &elf() const { return elf_; }
	// The kernel's name for the module: with '_' for '-'.
	const std::string &name() const { return name_; }
	// The first value of a key, or std::nullopt.
	std::optional<std::string_view> modinfo(std::string_view key) const;
	// Every value of a key that may stand more than once.
	std::vector<std::string_view> modinfo_all(std::string_view key) const;
	const std::vector<SymbolVersion> &versions() const { return versions_; }
	// Undefined symbols that the kernel resolves through exports.
	std::vector<std::string> needed_symbols() const;
	std::vector<std::string> exported_symbols() const;
	// std::nullopt where the module does not export this symbol.
	std::optional<ModuleExport> export_of(std::string_view symbol) const;
	std::string build_id() const;
	// The section .BTF; ENOENT.
	Result<std::vector<std::byte>> btf() const;
	bool is_signed() const;
	// For a module that is signed; see signature.hpp.
	Result<Signature> signature() const;

	// The symbols of this name that kallsyms will have for the loaded module: any type,
	// defined in a section that stays in memory. They are in the symbol table's order
	// (kernel/module/kallsyms.c, module_kallsyms_on_each_symbol).
	std::vector<const ElfSymbol *> kernel_symbols(std::string_view name) const;
	// All of these: by name, and then in the table's order.
	const std::vector<const ElfSymbol *> &kernel_symbols() const;

	// Whether this function begins with a site that ftrace can redirect; the first question
	// reads the sites.
	Result<bool> is_traceable(const ElfSymbol &function) const;

private:
	explicit ModuleFile(ElfFile elf) : elf_(std::move(elf)) {}
	Result<> parse_modinfo();
	Result<> parse_versions();
	Result<> parse_name();
	using Sites = std::set<std::pair<uint32_t, uint64_t>>;
	Result<Sites> read_ftrace_sites() const;

	ElfFile elf_;
	std::string name_;
	std::vector<std::pair<std::string_view, std::string_view>> modinfo_;
	std::vector<SymbolVersion> versions_;
	// The first question reads these: all symbols that stay in memory, by name and then in the
	// table's order, and the sites.
	mutable std::optional<std::vector<const ElfSymbol *>> kernel_symbols_;
	mutable std::optional<Result<Sites>> ftrace_sites_;
};

// Whether Kbuild gives a module such a name: the letters of the file's name up to .ko, with '_'
// for '-' and ',' (scripts/Makefile.lib). A name with a '.' would be possible; no kernel of Debian
// has such a module, and libkmod does not find it.
bool is_module_name(std::string_view name);

}
