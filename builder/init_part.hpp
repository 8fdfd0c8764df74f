// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "module_imports.hpp"

#include <klp/error.hpp>

namespace klp {

// What hands a patch to the kernel, as Kbuild compiled it: klprt_patch.o, klprt_patch.mod.o
// (kmod/patch).
struct InitPart {
	ElfFile code;
	ElfFile this_module;
};

// Copies it into the module that it is to be the init part of. defined: what the module
// defines for it, by name; ENOENT where it needs what neither that nor the kernel has.
Result<> add_init_part(const InitPart &init, const std::string &module_name,
		       const KernelImage &kernel,
		       const std::map<std::string, ModuleElf::SymbolId> &defined,
		       ModuleImports *imports, ModuleElf *elf);

}
