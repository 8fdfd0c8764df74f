// SPDX-License-Identifier: LGPL-2.1-or-later
// The facts that a Kernel has read, each at the first question for it.
#pragma once

#include "code_map.hpp"
#include "exports.hpp"
#include "ftrace_sites.hpp"
#include "klp_layout.hpp"
#include "module/module_file.hpp"

#include <klp/kernel.hpp>
#include <map>

namespace klp {

struct Kernel::Facts {
	Facts(std::string root, std::string release)
	    : root(std::move(root)), release(std::move(release)), exports(this->root, this->release)
	{
	}

	const Result<SymbolTable> &kallsyms();
	const Result<CodeMap> &code();
	const Result<SymbolTable> &traceable();
	const Result<FtraceSites> &ftrace_sites();
	const Result<KernelMemory> &memory();
	const KernelLayouts &layouts();
	// Valid until the next call: only some files stay in memory, as many as are small.
	const Result<ModuleFile> &module_file(const std::string &module);
	bool forget_symbols_if_stale();

	std::string root;
	std::string release;
	Exports exports;

private:
	std::optional<Result<SymbolTable>> kallsyms_;
	Result<std::string> modules_then_; // at the time of reading kallsyms
	std::optional<Result<CodeMap>> code_;
	std::optional<Result<SymbolTable>> traceable_;
	std::optional<Result<FtraceSites>> ftrace_sites_;
	std::optional<Result<KernelMemory>> memory_;
	std::optional<KernelLayouts> layouts_;
	std::map<std::string, Result<ModuleFile>> module_files_;
};

}
