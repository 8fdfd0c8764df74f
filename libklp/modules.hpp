// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <klp/error.hpp>
#include <klp/loaded_module.hpp>
#include <optional>
#include <string>
#include <vector>

namespace klp {

// MODULE_NAME_LEN, 56, has room for the NUL (6.1 to 7.3, 64-bit).
constexpr size_t longest_module_name = 55;

// Refuses a name that could lead a path out of its folder: EINVAL for a name that is empty or too
// long, has a '/' or begins with '.'. Every function below that takes a module's name calls this
// first.
Result<> may_be_module_name(const std::string &name);

Result<std::vector<LoadedModule>> read_modules(const std::string &root);

// The modules and their addresses, in the kernel's order: another text means that symbols have
// come or gone.
Result<std::string> read_module_layout(const std::string &root);

// The module whose memory contains an address, as root; "" for none. Where a module's code and
// data lie apart (since 6.4), its size is that of both, counted from its code. If an address fits
// two modules, the result is the one that begins last.
Result<std::string> find_module_at(const std::string &root, uint64_t address);

// The file of a module in modules.dep of a release; ENOENT.
Result<std::string> find_module_file(const std::string &root, const std::string &release,
				     const std::string &module);

// The start of a loaded module's section in memory, as root; ENOENT.
Result<uint64_t> module_section(const std::string &root, const std::string &module,
				const std::string &section);

// The modules of module_blacklist=, which load_module() refuses. The parameter's file is root's;
// the command line is everybody's.
Result<std::vector<std::string>> read_module_blacklist(const std::string &root);

// The raw notes with the build id of "vmlinux" or of a loaded module.
Result<std::vector<std::byte>> read_notes(const std::string &root, const std::string &object);
// The raw notes of one section of a loaded module; ENOENT.
Result<std::vector<std::byte>> read_notes(const std::string &root, const std::string &module,
					  const std::string &section);

// A loaded module's version= of .modinfo, "" where it has none.
Result<std::string> module_version(const std::string &root, const std::string &module);

// A loaded module's reference count, or std::nullopt once the module is gone.
Result<std::optional<unsigned long>> module_references(const std::string &root,
						       const std::string &module);

// A number that differs between two loads of a module of the same name: kernfs numbers each folder
// that it makes.
Result<uint64_t> module_instance(const std::string &root, const std::string &module);

}
