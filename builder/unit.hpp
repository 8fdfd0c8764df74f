// SPDX-License-Identifier: LGPL-2.1-or-later
// A translation unit, compiled before and after a fix.
//
// The compiler runs once on either side, and writes assembly with a section for each function
// (-ffunction-sections -fdata-sections). klp-build cuts the patch out of the object of this
// assembly. The kernel's own object has all functions of a unit in one section: there a jump to a
// neighbour takes two bytes instead of five. klp-build assembles this object, the proved one, from
// the same assembly with only the section directives changed. So the proof is about the very code
// that the patch is compared with, except for values that the kernel fills in at boot or at
// loading, which a patch has to read (assembly.hpp).
#pragma once

#include "compiler_warnings.hpp"
#include "kernel_tree.hpp"
#include "object.hpp"

#include <functional>

namespace klp {

// An exported symbol whose checksum the fix changes: its type is another one.
struct ExportChange {
	std::string symbol, after;
};

struct Unit {
	std::string name; // "fs/ext4/mballoc.o"
	std::string object; // "vmlinux", or the module's path
	Object before, after; // a section for each function
	Object shipped; // before the fix, its sections as the kernel has them
	std::string before_path, after_path; // of the objects, with debug information
	std::vector<ExportChange> export_changes;
	std::vector<CompilerWarning> warnings; // of the fix; a unit of two modules has them once
};

// folder: for the compiled files; view: the source after the fix; header: the first file that a
// source of the view includes, "" for none; the compiler then finds the files in "compat" beside
// the header; is_export: whether vmlinux exports a symbol, so that a static key of this name may
// have jump labels in a patch. Returns a unit of two modules twice. The Error is the compiler's.
Result<std::vector<Unit>> compile_units(const KernelTree &tree, const std::string &view,
					const std::vector<std::string> &names,
					const std::string &folder, const std::string &header,
					const std::function<bool(const std::string &)> &is_export);

// A unit compiled by Kbuild's own command, before and after a fix.
struct PlainUnit {
	std::string name;
	std::string object; // the first that it is part of
	Object before, after;
	std::vector<std::string> includes; // files of the tree, after the fix
};
Result<std::vector<PlainUnit>> compile_plain(const KernelTree &tree, const std::string &view,
					     const std::vector<std::string> &names,
					     const std::string &folder);

}
