// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_facts.hpp"
#include "file.hpp"
#include "modules.hpp"
#include "tracefs.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>

namespace klp {

static Result<SymbolTable> read_kallsyms(const std::string &root)
{
	std::string text = TRY(read_text(root + "/proc/kallsyms"));
	return SymbolTable::parse_kallsyms(std::move(text));
}

const Result<SymbolTable> &Kernel::Facts::kallsyms()
{
	if (!kallsyms_) {
		modules_then_ = read_module_layout(root);
		kallsyms_ = read_kallsyms(root);
	}
	return *kallsyms_;
}

static Result<CodeMap> build_code_map(const Result<SymbolTable> &kallsyms)
{
	if (!kallsyms)
		return std::unexpected(kallsyms.error());
	return CodeMap::build(*kallsyms);
}

const Result<CodeMap> &Kernel::Facts::code()
{
	if (!code_)
		code_ = build_code_map(kallsyms());
	return *code_;
}

bool Kernel::Facts::forget_symbols_if_stale()
{
	Result<std::string> modules = read_module_layout(root);
	if (!kallsyms_ || (modules && modules_then_ && *modules == *modules_then_))
		return false;
	code_.reset();
	kallsyms_.reset();
	traceable_.reset();
	ftrace_sites_.reset();
	return true;
}

const Result<SymbolTable> &Kernel::Facts::traceable()
{
	if (!traceable_)
		traceable_ = read_traceable_functions(root);
	return *traceable_;
}

const Result<KernelMemory> &Kernel::Facts::memory()
{
	if (!memory_)
		memory_ = KernelMemory::open(root + "/proc/kcore");
	return *memory_;
}

const Result<FtraceSites> &Kernel::Facts::ftrace_sites()
{
	if (!ftrace_sites_) {
		if (memory() && kallsyms())
			ftrace_sites_ = FtraceSites::read(*memory(), *kallsyms());
		else
			ftrace_sites_ = fail(ENODATA, "the kernel's memory cannot be read");
	}
	return *ftrace_sites_;
}

const KernelLayouts &Kernel::Facts::layouts()
{
	if (!layouts_)
		layouts_ = read_layouts(root + "/sys/kernel/btf/vmlinux");
	return *layouts_;
}

static Result<ModuleFile> open_module(const std::string &root, const std::string &release,
				      const std::string &module)
{
	std::string path = TRY(find_module_file(root, release, module));
	return ModuleFile::open(path);
}

const Result<ModuleFile> &Kernel::Facts::module_file(const std::string &module)
{
	// A patch may name every module that there is.
	constexpr size_t kept_bytes = 32 << 20;
	auto found = module_files_.find(module);
	if (found != module_files_.end())
		return found->second;
	size_t bytes = 0;
	for (const auto &[name, file] : module_files_)
		bytes += file ? file->elf().bytes().size() : 0;
	if (bytes > kept_bytes)
		std::erase_if(module_files_,
			      [](const auto &entry) { return entry.second.has_value(); });
	return module_files_.emplace(module, open_module(root, release, module)).first->second;
}

}
