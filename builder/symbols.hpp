// SPDX-License-Identifier: LGPL-2.1-or-later
// How a patch module names what it does not carry: by an ordinary import where the
// kernel itself exports the symbol, else by a livepatch symbol, which is looked up in an
// object's kallsyms by name and position.
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
	int64_t delta = 0; // where the thing is, from the symbol
	std::optional<uint32_t> crc; // of an import, where the kernel has checksums
	std::string name_space; // of an import, "" for none
};

// The images of one kernel, and who exports what. Modules are read when they are asked
// for.
class KernelSymbols {
public:
	// modules: the folder lib/modules/RELEASE; symvers: the path of Module.symvers, which
	// tells which module exports a symbol.
	static Result<KernelSymbols> open(const std::string &vmlinuz, const std::string &modules,
					  const std::string &symvers);

	const KernelImage &kernel() const { return *kernel_; }
	const Image &vmlinux() const { return vmlinux_; }
	// The image of a module, by its path below the modules' folder and without what
	// follows the name: "kernel/fs/ext4/ext4". ENOENT.
	Result<const Image *> module(const std::string &path);
	// Whether one module cannot be there without the other: it names it in depends=, or one
	// that it names does.
	bool needs(const Image &user, const std::string &module);
	// As in .modinfo of the kernel's own modules.
	const std::string &vermagic() const { return vermagic_; }

	// What code of `user` means by an undefined symbol; proved is its address, 0 for
	// unknown. ENOENT where nothing has this name, EEXIST where several have.
	Result<External> undefined(const Image &user, const std::string &name, uint64_t proved);
	// What lies at an address of `owner`, if possible by the name it is known under.
	// ENOENT.
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
