// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "module_imports.hpp"

#include <klp/error.hpp>

namespace klp {

// The code that hands a patch to the kernel, as Kbuild compiled it: klprt_patch.o,
// klprt_patch.mod.o (kmod/patch).
struct InitPart {
	ElfFile code;
	ElfFile this_module;
};

// Copies the init part into a module. defined: the symbols that the module defines for the init
// part, by name. Returns ENOENT if the init part needs a symbol that neither the module nor the
// kernel has.
Result<> add_init_part(const InitPart &init, const std::string &module_name,
		       const KernelImage &kernel,
		       const std::map<std::string, ModuleElf::SymbolId> &defined,
		       ModuleImports *imports, ModuleElf *elf);

}
