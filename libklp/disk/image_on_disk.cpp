// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image_on_disk.hpp"
#include "../file.hpp"
#include "../klp_layout.hpp"
#include "../try.hpp"

#include <cerrno>
#include <cstring>

namespace klp {

// "Linux version 6.1.0-56-amd64 (debian-kernel@…) …"
static std::string release_in(const std::string &banner)
{
	constexpr std::string_view before = "Linux version ";
	if (!banner.starts_with(before))
		return "";
	return banner.substr(before.size(), banner.find(' ', before.size()) - before.size());
}

Result<std::unique_ptr<ImageOnDisk>> ImageOnDisk::open(const KernelFiles &files)
{
	KernelImage image = TRY(KernelImage::open(files.image));
	std::string release = release_in(image.banner());
	if (release.empty() || release.find('/') != std::string::npos)
		return fail(EBADMSG, "'%s' does not tell its release: its banner is '%s'",
			    files.image.c_str(), image.banner().c_str());
	std::string modules = files.root + "/lib/modules/" + release;
	if (!exists(modules))
		return fail(
			ENOENT,
			"'%s' is the kernel %s, and '%s' does not exist; name a folder that has "
			"its vmlinuz and its lib/modules",
			files.image.c_str(), release.c_str(), modules.c_str());
	if (!exists(modules + "/modules.dep.bin"))
		return fail(ENOENT, "'%s/modules.dep.bin' does not exist; run 'depmod -b %s %s'",
			    modules.c_str(), files.root.empty() ? "/" : files.root.c_str(),
			    release.c_str());
	return std::unique_ptr<ImageOnDisk>(new ImageOnDisk(std::move(image), release, files.root));
}

bool ImageOnDisk::has_livepatch()
{
	return image_.export_of("klp_enable_patch") != nullptr;
}

Result<KlpLayout> ImageOnDisk::klp_layout()
{
	return read_layouts(image_.btf(), "the image of " + release_).patch;
}

Result<std::vector<std::byte>> ImageOnDisk::btf(const std::string &object)
{
	if (object != "vmlinux") {
		const ModuleFile &file = *TRY(modules_.file(object));
		return file.btf();
	}
	std::span<const std::byte> bytes = image_.btf();
	if (bytes.empty())
		return fail(ENOENT, "the image of %s has no BTF", release_.c_str());
	return std::vector<std::byte>(bytes.begin(), bytes.end());
}

bool ImageOnDisk::has_module(const std::string &module)
{
	return modules_.has(module);
}

const Result<FtraceSites> &ImageOnDisk::sites()
{
	if (!sites_)
		sites_ = FtraceSites::of_image(image_);
	return *sites_;
}

// static const char vermagic[] of kernel/module/main.c
Result<std::string> ImageOnDisk::vermagic()
{
	constexpr size_t longest = 255;
	std::vector<const KernelImage::Symbol *> found = image_.find("vermagic");
	std::span<const std::byte> bytes;
	for (size_t size = longest; found.size() == 1 && bytes.empty() && size > 0; size--)
		bytes = image_.bytes(found[0]->address, size);
	std::string text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
	text.resize(strlen(text.c_str()));
	if (!text.starts_with(release_ + " "))
		return fail(ENODATA, "the image of %s does not show its vermagic",
			    release_.c_str());
	return text;
}

Result<size_t> ImageOnDisk::count_symbols(const std::string &object, const std::string &name)
{
	if (object == "vmlinux")
		return image_.find(name).size();
	const ModuleFile &file = *TRY(modules_.file(object));
	return file.kernel_symbols(name).size();
}

Result<bool> ImageOnDisk::is_traceable(const std::string &object, const std::string &name,
				       unsigned long sympos)
{
	if (object != "vmlinux") {
		const ModuleFile &file = *TRY(modules_.file(object));
		return is_traceable_at(file, name, sympos);
	}
	std::vector<const KernelImage::Symbol *> symbols = image_.find(name);
	size_t index = sympos == 0 ? 0 : sympos - 1;
	if (index >= symbols.size())
		return false;
	if (!sites())
		return std::unexpected(sites().error());
	return sites()->has(symbols[index]->address);
}

Result<std::string> ImageOnDisk::build_id(const std::string &object)
{
	if (object == "vmlinux")
		return image_.build_id();
	const ModuleFile &file = *TRY(modules_.file(object));
	return file.build_id();
}

ModuleExport as_module_export(const KernelImage::Export &symbol)
{
	return {symbol.crc, {symbol.gpl_only, std::string(symbol.namespace_)}};
}

Result<std::optional<ModuleExport>> ImageOnDisk::export_of(const std::string &object,
							   const std::string &symbol)
{
	if (object == "vmlinux") {
		if (const KernelImage::Export *found = image_.export_of(symbol))
			return as_module_export(*found);
		return std::nullopt;
	}
	Result<const ModuleFile *> file = modules_.file(object);
	if (!file && file.error().code == ENOENT)
		return std::nullopt;
	if (!file)
		return std::unexpected(file.error());
	return (*file)->export_of(symbol);
}

}
