// SPDX-License-Identifier: LGPL-2.1-or-later
#include <klp/kernel.hpp>

#include "file.hpp"
#include "ftrace_users.hpp"
#include "kernel_facts.hpp"
#include "keyring.hpp"
#include "livepatch_sysfs.hpp"
#include "module/notes.hpp"
#include "modules.hpp"
#include "redirect_stacks.hpp"
#include "tracefs.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace klp {

Kernel::Kernel(std::unique_ptr<Facts> facts) : facts_(std::move(facts)) {}
Kernel::Kernel(Kernel &&) noexcept = default;
Kernel &Kernel::operator=(Kernel &&) noexcept = default;
Kernel::~Kernel() = default;

Result<Kernel> Kernel::running(const std::string &root)
{
	std::string release = TRY(read_line(root + "/proc/sys/kernel/osrelease"));
	return Kernel(std::make_unique<Facts>(root, release));
}

Result<Kernel> Kernel::on_disk(const std::string &kernel)
{
	std::unique_ptr<KernelOnDisk> files = TRY(open_kernel_on_disk(kernel));
	return Kernel(std::make_unique<Facts>(std::move(files)));
}

bool Kernel::is_running() const
{
	return !facts_->on_disk;
}

const std::string &root_of(const Kernel &kernel)
{
	return kernel.facts_->root;
}

Result<> must_run(const Kernel &kernel)
{
	if (kernel.is_running())
		return {};
	return fail(
		ENOTSUP,
		"the kernel %s is one on disk; only the running kernel loads and unloads livepatches",
		kernel.release().c_str());
}

const std::string &Kernel::release() const
{
	return facts_->release;
}
bool Kernel::has_livepatch() const
{
	return facts_->on_disk ? facts_->on_disk->has_livepatch()
			       : livepatch_sysfs_exists(facts_->root);
}

unsigned Kernel::version() const
{
	unsigned major = 0, minor = 0;
	if (sscanf(facts_->release.c_str(), "%u.%u", &major, &minor) != 2)
		return 0;
	return major << 8 | minor;
}

// static const char vermagic[] of kernel/module/main.c; else the vermagic of the kernel's own
// modules.
Result<std::string> Kernel::vermagic()
{
	if (facts_->on_disk)
		return facts_->on_disk->vermagic();
	const Result<KernelMemory> &memory = facts_->memory();
	const Result<SymbolTable> &kallsyms = facts_->kallsyms();
	if (memory && kallsyms) {
		std::vector<SymbolTable::Entry> found = kallsyms->find("vmlinux", "vermagic");
		char text[256];
		if (found.size() == 1 && found[0].address != 0 &&
		    memory->read(found[0].address, text, sizeof(text)) &&
		    std::string_view(text, sizeof(text)).starts_with(facts_->release))
			return std::string(text, strnlen(text, sizeof(text)));
	}
	std::vector<LoadedModule> modules = TRY(read_modules(facts_->root));
	for (const LoadedModule &module : modules) {
		Result<const ModuleFile *> file = facts_->module_files.file(module.name);
		if (file && (*file)->modinfo("vermagic"))
			return std::string(*(*file)->modinfo("vermagic"));
	}
	return fail(ENODATA,
		    "neither the kernel's memory nor a module of its own shows its vermagic%s%s",
		    memory ? "" : ": ", memory ? "" : memory.error().message.c_str());
}

Result<KlpLayout> Kernel::klp_layout()
{
	return facts_->on_disk ? facts_->on_disk->klp_layout() : facts_->layouts().patch;
}

Result<std::vector<std::byte>> Kernel::btf(const std::string &object)
{
	constexpr size_t limit = 256 << 20;
	if (facts_->on_disk)
		return facts_->on_disk->btf(object);
	Place where = place(object);
	if (where == Place::on_disk || where == Place::absent) {
		const ModuleFile &file = *TRY(facts_->module_files.file(object));
		return file.btf();
	}
	return read_bytes(facts_->root + "/sys/kernel/btf/" + object, limit);
}

Kernel::Place Kernel::place(const std::string &object)
{
	if (object == "vmlinux")
		return Place::kernel;
	if (facts_->on_disk)
		return facts_->on_disk->has_module(object) ? Place::on_disk : Place::absent;
	Result<std::vector<LoadedModule>> loaded = read_modules(facts_->root);
	if (loaded && std::ranges::any_of(*loaded, [&](const LoadedModule &module) {
		    return module.name == object && module.live;
	    }))
		return Place::loaded;
	return facts_->module_files.has(object) ? Place::on_disk : Place::absent;
}

Result<std::string> Kernel::module_path(const std::string &module)
{
	TRY(facts_->only_running());
	return find_module_file(facts_->root, facts_->release, module);
}

Result<size_t> Kernel::count_symbols(Place place, const std::string &object,
				     const std::string &name)
{
	if (facts_->on_disk)
		return facts_->on_disk->count_symbols(object, name);
	if (place == Place::on_disk || place == Place::absent) {
		const ModuleFile &file = *TRY(facts_->module_files.file(object));
		return file.kernel_symbols(name).size();
	}
	const Result<SymbolTable> &kallsyms = facts_->kallsyms();
	if (!kallsyms)
		return std::unexpected(kallsyms.error());
	return kallsyms->find(object, name).size();
}

// The symbol that a position means, or nullptr.
static const SymbolTable::Entry *symbol_at(const std::vector<SymbolTable::Entry> &symbols,
					   unsigned long sympos)
{
	size_t index = sympos == 0 ? 0 : sympos - 1;
	return index < symbols.size() ? &symbols[index] : nullptr;
}

static Result<Kernel::Traceable> judged(Result<bool> traceable)
{
	if (!traceable)
		return std::unexpected(traceable.error());
	return *traceable ? Kernel::Traceable::yes : Kernel::Traceable::no;
}

std::vector<std::string> Kernel::aliases(const std::string &object, const std::string &name,
					 unsigned long sympos)
{
	std::vector<std::string> names = {name};
	if (facts_->on_disk)
		return names;
	const Result<SymbolTable> &kallsyms = facts_->kallsyms();
	if (!kallsyms)
		return names;
	std::vector<SymbolTable::Entry> symbols = kallsyms->find(object, name);
	const SymbolTable::Entry *symbol = symbol_at(symbols, sympos);
	if (!symbol)
		return names;
	for (std::string_view alias : kallsyms->names_at(symbol->address)) {
		if (alias != name)
			names.emplace_back(alias);
	}
	return names;
}

// Compares addresses where the kernel shows both; the site lies at the symbol or behind its ENDBR
// (klp_get_ftrace_location()). Otherwise compares names: there must be as many sites as symbols.
static Kernel::Traceable judge_sites(const std::vector<SymbolTable::Entry> &sites, size_t symbols,
				     uint64_t address)
{
	if (sites.empty())
		return Kernel::Traceable::no;
	if (sites[0].address != 0 && address != 0) {
		bool matched = std::ranges::any_of(sites, [&](const SymbolTable::Entry &site) {
			return site.address >= address && site.address - address <= 4;
		});
		return matched ? Kernel::Traceable::yes : Kernel::Traceable::no;
	}
	return sites.size() >= symbols ? Kernel::Traceable::yes : Kernel::Traceable::unclear;
}

Result<Kernel::Traceable> Kernel::traceable(Place where, const std::string &object,
					    const std::string &name, unsigned long sympos)
{
	if (facts_->on_disk)
		return judged(facts_->on_disk->is_traceable(object, name, sympos));
	if (where == Place::on_disk || where == Place::absent) {
		const ModuleFile &file = *TRY(facts_->module_files.file(object));
		return judged(is_traceable_at(file, name, sympos));
	}
	const Result<SymbolTable> &kallsyms = facts_->kallsyms();
	if (!kallsyms)
		return std::unexpected(kallsyms.error());
	std::vector<SymbolTable::Entry> symbols = kallsyms->find(object, name);
	const SymbolTable::Entry *symbol = symbol_at(symbols, sympos);
	if (!symbol)
		return Traceable::no;
	const Result<FtraceSites> &sites = facts_->ftrace_sites();
	if (sites && sites->has(symbol->address))
		return Traceable::yes;
	const Result<SymbolTable> &table = facts_->traceable();
	if (!table)
		return std::unexpected(table.error());
	Traceable verdict = judge_sites(table->find(object, name), symbols.size(), symbol->address);
	if (verdict != Traceable::no)
		return verdict;
	for (const std::string &alias : aliases(object, name, sympos)) {
		verdict = judge_sites(table->find(object, alias),
				      kallsyms->find(object, alias).size(), symbol->address);
		if (verdict != Traceable::no)
			return verdict;
	}
	return Traceable::no;
}

Result<std::vector<CodeRange>> Kernel::code_of(const FunctionName &function)
{
	TRY(facts_->only_running());
	const Result<CodeMap> &code = facts_->code();
	if (!code)
		return std::unexpected(code.error());
	return find_code(*facts_->kallsyms(), *code, function);
}

std::optional<std::string> Kernel::function_at(uint64_t address)
{
	if (facts_->on_disk)
		return std::nullopt;
	const Result<CodeMap> &code = facts_->code();
	return code ? code->name_at(address) : std::nullopt;
}

bool Kernel::forget_symbols_if_stale()
{
	return !facts_->on_disk && facts_->forget_symbols_if_stale();
}

// The export of the kernel itself, or of the first of these modules that has it.
static Result<std::optional<ModuleExport>> export_on_disk(KernelOnDisk &kernel,
							  const std::string &symbol,
							  std::span<const std::string> modules)
{
	std::optional<ModuleExport> found = TRY(kernel.export_of("vmlinux", symbol));
	for (auto module = modules.begin(); !found && module != modules.end(); ++module)
		found = TRY(kernel.export_of(*module, symbol));
	return found;
}

Result<bool> Kernel::exports(const std::string &symbol, std::span<const std::string> modules)
{
	if (facts_->on_disk) {
		std::optional<ModuleExport> found =
			TRY(export_on_disk(*facts_->on_disk, symbol, modules));
		return found.has_value();
	}
	const Result<SymbolTable> &kallsyms = facts_->kallsyms();
	if (!kallsyms)
		return std::unexpected(kallsyms.error());
	return Exports::contains(*kallsyms, symbol);
}

Result<uint32_t> Kernel::export_crc(const std::string &symbol, std::span<const std::string> modules)
{
	if (facts_->on_disk) {
		std::optional<ModuleExport> found =
			TRY(export_on_disk(*facts_->on_disk, symbol, modules));
		if (!found || !found->crc)
			return fail(ENODATA, "%s has no checksum of it", release().c_str());
		return *found->crc;
	}
	const Result<SymbolTable> &kallsyms = facts_->kallsyms();
	if (!kallsyms)
		return std::unexpected(kallsyms.error());
	return facts_->exports.crc(*kallsyms, facts_->memory(), symbol);
}

Result<ExportTerms> Kernel::export_terms(const std::string &symbol,
					 std::span<const std::string> modules)
{
	if (facts_->on_disk) {
		std::optional<ModuleExport> found =
			TRY(export_on_disk(*facts_->on_disk, symbol, modules));
		if (!found)
			return fail(ENODATA, "%s does not export it", release().c_str());
		return found->terms;
	}
	const Result<SymbolTable> &kallsyms = facts_->kallsyms();
	if (!kallsyms)
		return std::unexpected(kallsyms.error());
	return facts_->exports.terms(*kallsyms, facts_->memory(), symbol);
}

Result<std::vector<std::string>> Kernel::module_blacklist()
{
	TRY(facts_->only_running());
	return read_module_blacklist(facts_->root);
}

Result<std::string> Kernel::build_id(const std::string &object)
{
	if (facts_->on_disk)
		return facts_->on_disk->build_id(object);
	Place where = place(object);
	if (where == Place::on_disk || where == Place::absent) {
		const ModuleFile &file = *TRY(facts_->module_files.file(object));
		return file.build_id();
	}
	std::vector<std::byte> notes = TRY(read_notes(facts_->root, object));
	return gnu_build_id(notes);
}

Result<bool> Kernel::ftrace_enabled()
{
	TRY(facts_->only_running());
	std::string line = TRY(read_line(facts_->root + "/proc/sys/kernel/ftrace_enabled"));
	return line != "0";
}

Result<bool> Kernel::signature_enforced()
{
	TRY(facts_->only_running());
	std::string line =
		TRY(read_line(facts_->root + "/sys/module/module/parameters/sig_enforce"));
	return line == "Y";
}

Result<bool> Kernel::has_key(const Signer &signer)
{
	TRY(facts_->only_running());
	return klp::has_key(facts_->root, signer);
}

Result<std::string> Kernel::lockdown()
{
	TRY(facts_->only_running());
	std::string line = TRY(read_line(facts_->root + "/sys/kernel/security/lockdown"));
	size_t open = line.find('['), close = line.find(']');
	if (open == std::string::npos || close == std::string::npos || close < open)
		return fail(EBADMSG, "/sys/kernel/security/lockdown: cannot read '%s'",
			    line.c_str());
	return line.substr(open + 1, close - open - 1);
}

Result<bool> Kernel::module_loading_disabled()
{
	TRY(facts_->only_running());
	std::string line = TRY(read_line(facts_->root + "/proc/sys/kernel/modules_disabled"));
	return line != "0";
}

Result<std::vector<LoadedPatch>> Kernel::livepatches()
{
	TRY(facts_->only_running());
	std::vector<std::string> names = TRY(list_livepatches(facts_->root));
	std::vector<LoadedPatch> patches;
	for (const std::string &name : names) {
		Result<LoadedPatch> patch = read_livepatch(facts_->root, name);
		if (patch)
			patches.push_back(std::move(*patch));
		else if (patch.error().code != ENOENT) // the patch went meanwhile
			return std::unexpected(patch.error());
	}
	return patches;
}

Result<LoadedPatch> Kernel::livepatch(const std::string &name)
{
	TRY(facts_->only_running());
	return read_livepatch(facts_->root, name);
}

Result<std::vector<LoadedModule>> Kernel::modules()
{
	TRY(facts_->only_running());
	return read_modules(facts_->root);
}

Result<std::vector<TracedFunction>> Kernel::traced_functions()
{
	TRY(facts_->only_running());
	return read_traced_functions(facts_->root);
}

Result<std::vector<Redirect>> Kernel::redirects()
{
	TRY(facts_->only_running());
	const Result<KernelMemory> &memory = facts_->memory();
	if (!memory)
		return std::unexpected(memory.error());
	const Result<SymbolTable> &kallsyms = facts_->kallsyms();
	if (!kallsyms)
		return std::unexpected(kallsyms.error());
	const Result<StackLayout> &layout = facts_->layouts().stacks;
	if (!layout)
		return std::unexpected(layout.error());
	return read_redirects(*memory, *kallsyms, *layout);
}

Result<std::vector<FtraceUser>> Kernel::ftrace_users()
{
	TRY(facts_->only_running());
	const Result<KernelMemory> &memory = facts_->memory();
	if (!memory)
		return std::unexpected(memory.error());
	const Result<SymbolTable> &kallsyms = facts_->kallsyms();
	if (!kallsyms)
		return std::unexpected(kallsyms.error());
	const Result<HandlerLayout> &layout = facts_->layouts().handlers;
	if (!layout)
		return std::unexpected(layout.error());
	return read_ftrace_users(*memory, *kallsyms, *layout,
				 [&](uint64_t address) { return function_at(address); });
}

}
