// SPDX-License-Identifier: LGPL-2.1-or-later
#include "symbols.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <klp/module_name.hpp>
#include <set>
#include <sstream>

namespace klp {

KernelSymbols::KernelSymbols(std::unique_ptr<KernelImage> kernel, std::string modules)
    : kernel_(std::move(kernel)), vmlinux_(Image::of_kernel(*kernel_)), modules_(std::move(modules))
{
}

Result<KernelSymbols> KernelSymbols::open(const std::string &vmlinuz, const std::string &modules,
					  const std::string &symvers)
{
	KernelImage kernel = TRY(KernelImage::open(vmlinuz));
	KernelSymbols symbols(std::make_unique<KernelImage>(std::move(kernel)), modules);
	TRY(symbols.read_symvers(symvers));
	TRY(symbols.read_modules());
	return symbols;
}

// "0x12345678<TAB>name<TAB>fs/jbd2/jbd2<TAB>EXPORT_SYMBOL<TAB>namespace"
Result<> KernelSymbols::read_symvers(const std::string &path)
{
	std::string text = TRY(read_text(path));
	std::istringstream lines(text);
	std::string line;
	for (size_t number = 1; std::getline(lines, line); number++) {
		std::istringstream fields(line);
		std::string crc, name, exporter;
		if (!(fields >> crc >> name >> exporter))
			return fail(EBADMSG, "%s: line %zu: not CRC, symbol and module",
				    path.c_str(), number);
		if (exporter != "vmlinux")
			exporters_[name] = exporter;
	}
	return {};
}

// Finds every module below the folder by its path, and the vermagic that all modules share.
Result<> KernelSymbols::read_modules()
{
	std::error_code error;
	std::filesystem::recursive_directory_iterator walk(modules_, error), end;
	for (; !error && walk != end; walk.increment(error)) {
		std::string path = walk->path();
		size_t suffix = path.find(".ko", path.rfind('/'));
		if (suffix == std::string::npos)
			continue;
		std::string relative = path.substr(modules_.size() + 1);
		files_[relative.substr(0, suffix - modules_.size() - 1)] = path;
	}
	if (error)
		return fail(error.value(), "cannot list '%s': %s", modules_.c_str(),
			    error.message().c_str());
	if (files_.empty())
		return fail(ENOENT, "'%s' has no modules", modules_.c_str());
	ModuleFile file = TRY(ModuleFile::open(files_.begin()->second));
	vermagic_ = file.modinfo("vermagic").value_or("");
	return {};
}

Result<const Image *> KernelSymbols::module(const std::string &path)
{
	auto known = images_.find(path);
	if (known != images_.end())
		return &known->second;
	auto file = files_.find(path);
	if (file == files_.end())
		return fail(ENOENT, "the kernel has no module '%s'", path.c_str());
	ModuleFile opened = TRY(ModuleFile::open(file->second));
	auto kept = std::make_unique<ModuleFile>(std::move(opened));
	Image image = TRY(Image::of_module(*kept));
	module_files_[path] = std::move(kept);
	return &images_.emplace(path, std::move(image)).first->second;
}

// depends= lists the modules of the module's imports, from depmod, by names as modinfo has them.
std::vector<std::string> KernelSymbols::depends_of(const std::string &module)
{
	std::vector<std::string> names;
	for (const auto &[path, file] : files_) {
		if (module_name(path.substr(path.rfind('/') + 1)) != module || !this->module(path))
			continue;
		std::istringstream depends(
			std::string(module_files_.at(path)->modinfo("depends").value_or("")));
		std::string name;
		while (std::getline(depends, name, ','))
			names.push_back(module_name(name));
	}
	return names;
}

bool KernelSymbols::needs(const Image &user, const std::string &module)
{
	std::set<std::string> known = {user.name()};
	std::vector<std::string> left = {user.name()};
	while (!left.empty()) {
		std::string name = left.back();
		left.pop_back();
		for (const std::string &needed : depends_of(name)) {
			if (needed == module)
				return true;
			if (known.insert(needed).second)
				left.push_back(needed);
		}
	}
	return false;
}

std::optional<External> KernelSymbols::import(const std::string &name) const
{
	const KernelImage::Export *found = kernel_->export_of(name);
	if (!found)
		return std::nullopt;
	External external;
	external.kind = External::Kind::import;
	external.name = name;
	external.crc = found->crc;
	external.name_space = found->namespace_;
	return external;
}

Result<External> KernelSymbols::at(const Image &owner, const std::string &name,
				   uint64_t address) const
{
	if (!owner.is_module() && owner.is_init(address))
		return fail(ENOENT, "'%s' is in memory that the kernel frees after boot",
			    name.c_str());
	std::vector<Image::Symbol> symbols = owner.at(address);
	std::erase_if(symbols, [](const Image::Symbol &symbol) { return symbol.sympos == 0; });
	const Image::Symbol *best = nullptr;
	for (const Image::Symbol &symbol : symbols) {
		if (!best || symbol.name == name)
			best = &symbol;
	}
	std::optional<Image::Symbol> nearest = owner.nearest(address);
	if (!best && !nearest)
		return fail(ENOENT, "nothing in %s has a name at '%s'", owner.name().c_str(),
			    name.c_str());
	if (!best)
		best = &*nearest;
	External external;
	external.kind = External::Kind::livepatch;
	external.object = owner.name();
	external.name = best->name;
	external.sympos = best->sympos;
	external.delta = static_cast<int64_t>(address - best->address);
	return external;
}

// Chooses the symbol at the proved address, else the only global symbol of the name.
Result<External> KernelSymbols::choose(const Image &owner, const std::string &name,
				       uint64_t proved) const
{
	std::vector<Image::Symbol> symbols = owner.find(name);
	if (proved != 0)
		return at(owner, name, proved);
	size_t count = symbols.size();
	if (count == 0)
		return fail(ENOENT, "%s has no symbol '%s'", owner.name().c_str(), name.c_str());
	if (count > 1)
		std::erase_if(symbols, [](const Image::Symbol &symbol) { return !symbol.global; });
	if (symbols.size() != 1)
		return fail(EEXIST,
			    "%s has %zu symbols '%s', and klp-build cannot tell which is meant",
			    owner.name().c_str(), count, name.c_str());
	return at(owner, name, symbols[0].address);
}

Result<External> KernelSymbols::undefined(const Image &user, const std::string &name,
					  uint64_t proved)
{
	if (user.is_module() && !user.find(name).empty())
		return choose(user, name, proved);
	std::optional<External> exported = import(name);
	if (exported)
		return *exported;
	auto exporter = exporters_.find(name);
	if (exporter != exporters_.end()) {
		const Image *image = TRY(module("kernel/" + exporter->second));
		return choose(*image, name, 0);
	}
	return choose(vmlinux_, name, user.is_module() ? 0 : proved);
}

}
