// SPDX-License-Identifier: LGPL-2.1-or-later
// The facts that a Kernel has read, each at the first question for it; or the kernel on disk, which
// keeps its own.
#pragma once

#include "code_map.hpp"
#include "disk/kernel_on_disk.hpp"
#include "exports.hpp"
#include "ftrace_sites.hpp"
#include "klp_layout.hpp"
#include "module_files.hpp"

#include <klp/kernel.hpp>

namespace klp {

struct Kernel::Facts {
	Facts(std::string root, std::string release)
	    : root(std::move(root)),
	      release(std::move(release)),
	      exports(this->root, this->release),
	      module_files(this->root, this->release)
	{
	}
	explicit Facts(std::unique_ptr<KernelOnDisk> kernel) : Facts("", kernel->release())
	{
		on_disk = std::move(kernel);
	}

	// ENOTSUP for a kernel on disk.
	Result<> only_running() const;

	const Result<SymbolTable> &kallsyms();
	const Result<CodeMap> &code();
	const Result<SymbolTable> &traceable();
	const Result<FtraceSites> &ftrace_sites();
	const Result<KernelMemory> &memory();
	const KernelLayouts &layouts();
	bool forget_symbols_if_stale();

	std::string root;
	std::string release;
	Exports exports;
	ModuleFiles module_files;
	std::unique_ptr<KernelOnDisk> on_disk; // nullptr for the running kernel

private:
	std::optional<Result<SymbolTable>> kallsyms_;
	Result<std::string> modules_then_; // at the time of reading kallsyms
	std::optional<Result<CodeMap>> code_;
	std::optional<Result<SymbolTable>> traceable_;
	std::optional<Result<FtraceSites>> ftrace_sites_;
	std::optional<Result<KernelMemory>> memory_;
	std::optional<KernelLayouts> layouts_;
};

}
