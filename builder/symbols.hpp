// SPDX-License-Identifier: LGPL-2.1-or-later
// Names the symbols that a patch module does not include: by an ordinary import if the kernel
// itself exports the symbol, else by a livepatch symbol, which the kernel looks up in an object's
// kallsyms by name and position.
#pragma once

#include "image.hpp"

#include <map>
#include <memory>
#include <optional>

namespace klp {

struct External {
	enum class Kind { import, livepatch };
	Kind kind = Kind::import;
	std::string object; // of a livepatch symbol: "vmlinux" or a module's name
	std::string name;
	unsigned long sympos = 0; // of a livepatch symbol, from 1
	int64_t delta = 0; // the target's offset from the symbol
	std::optional<uint32_t> crc; // of an import, where the kernel has checksums
	std::string name_space; // of an import, "" for none
};

// The images of one kernel, and its exports. KernelSymbols reads a module on the first request.
class KernelSymbols {
public:
	// modules: the folder lib/modules/RELEASE; symvers: the path of Module.symvers, which
	// tells which module exports a symbol.
	static Result<KernelSymbols> open(const std::string &vmlinuz, const std::string &modules,
					  const std::string &symvers);

	const KernelImage &kernel() const { return *kernel_; }
	const Image &vmlinux() const { return vmlinux_; }
	// The image of a module, by its path below the modules' folder, without the end of the
	// file's name: "kernel/fs/ext4/ext4". Returns ENOENT if there is none.
	Result<const Image *> module(const std::string &path);
	// Whether user cannot be loaded without module: user names module in depends=, or a module
	// that user names does.
	bool needs(const Image &user, const std::string &module);
	// As in .modinfo of the kernel's own modules.
	const std::string &vermagic() const { return vermagic_; }

	// Resolves an undefined symbol in code of `user`; proved is its address, 0 for unknown.
	// Returns ENOENT if no symbol has this name, EEXIST if several have.
	Result<External> undefined(const Image &user, const std::string &name, uint64_t proved);
	// Names an address of `owner`, if possible by the given name. Returns ENOENT if nothing is
	// there.
	Result<External> at(const Image &owner, const std::string &name, uint64_t address) const;

private:
	KernelSymbols(std::unique_ptr<KernelImage> kernel, std::string modules);
	Result<> read_symvers(const std::string &path);
	Result<> read_modules();
	std::optional<External> import(const std::string &name) const;
	std::vector<std::string> depends_of(const std::string &module);
	Result<External> choose(const Image &owner, const std::string &name, uint64_t proved) const;

	std::unique_ptr<KernelImage> kernel_;
	Image vmlinux_;
	std::string modules_;
	std::string vermagic_;
	std::map<std::string, std::string> exporters_; // symbol to the path of its module
	std::map<std::string, std::string> files_; // module path to its file
	std::map<std::string, std::unique_ptr<ModuleFile>> module_files_;
	std::map<std::string, Image> images_;
};

}
