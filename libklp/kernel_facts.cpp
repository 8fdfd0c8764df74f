// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_facts.hpp"
#include "file.hpp"
#include "modules.hpp"
#include "tracefs.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>

namespace klp {

Result<> Kernel::Facts::only_running() const
{
	if (!on_disk)
		return {};
	return fail(ENOTSUP, "only a running kernel tells this; %s was read from its files",
		    release.c_str());
}

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

}
