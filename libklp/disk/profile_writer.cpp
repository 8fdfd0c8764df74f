// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../file.hpp"
#include "../output_file.hpp"
#include "../try.hpp"
#include "image_on_disk.hpp"
#include "kernel_profile.hpp"
#include "profile_text.hpp"

#include <algorithm>
#include <cerrno>
#include <klp/module_name.hpp>
#include <klp/profile.hpp>
#include <map>
#include <sstream>
#include <zstd.h>

namespace klp {

namespace {

// Larger blocks are smaller in the file, and take longer to read for one module.
constexpr size_t block_size = 256 << 10;
constexpr int compression_level = 19;

Result<std::string> packed(const std::string &text)
{
	std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx *)> context(ZSTD_createCCtx(),
								    ZSTD_freeCCtx);
	ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, compression_level);
	ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
	std::string frame(ZSTD_compressBound(text.size()), '\0');
	size_t size =
		ZSTD_compress2(context.get(), frame.data(), frame.size(), text.data(), text.size());
	if (ZSTD_isError(size))
		return fail(EIO, "cannot compress the profile: %s", ZSTD_getErrorName(size));
	frame.resize(size);
	return frame;
}

// The text of one object; see profile_text.hpp.
class ObjectText {
public:
	explicit ObjectText(const std::string &build_id)
	    : text_((build_id.empty() ? "-" : build_id) + "\n")
	{
	}

	// In the order that sympos counts in. A section's symbol has no name.
	void symbol(std::string_view name, bool traceable)
	{
		if (!name.empty())
			symbols_[std::string(name)] += traceable ? 't' : '.';
	}
	void exported(std::string_view name, const ModuleExport &symbol)
	{
		exports_[std::string(name)] = profile_export(symbol);
	}
	std::string take()
	{
		for (const auto &[name, letters] : symbols_)
			text_ += name + " " + letters + "\n";
		text_ += "\n";
		for (const auto &[name, symbol] : exports_)
			text_ += name + " " + symbol + "\n";
		return std::move(text_);
	}

private:
	std::string text_;
	std::map<std::string, std::string> symbols_, exports_;
};

Result<std::string> text_of_vmlinux(ImageOnDisk *kernel)
{
	const KernelImage &image = kernel->image();
	if (!kernel->sites())
		return std::unexpected(kernel->sites().error());
	ObjectText text(image.build_id());
	for (const KernelImage::Symbol &symbol : image.symbols())
		text.symbol(symbol.name, kernel->sites()->has(symbol.address));
	for (const KernelImage::Export &symbol : image.exports())
		text.exported(symbol.name, as_module_export(symbol));
	return text.take();
}

Result<std::string> text_of_module(ModuleFiles *modules, const std::string &name)
{
	const ModuleFile &module = *TRY(modules->file(name));
	ObjectText text(module.build_id());
	for (const ElfSymbol *symbol : module.kernel_symbols()) {
		bool traceable = TRY(module.is_traceable(*symbol));
		text.symbol(symbol->name, traceable);
	}
	for (const std::string &symbol : module.exported_symbols())
		text.exported(symbol, *module.export_of(symbol));
	return text.take();
}

// The names of the modules that depmod has listed, sorted.
Result<std::vector<std::string>> module_names(const std::string &folder)
{
	std::string text = TRY(read_text(folder + "/modules.dep"));
	std::istringstream lines(text);
	std::vector<std::string> names;
	std::string line;
	while (std::getline(lines, line)) {
		std::string path = line.substr(0, line.find(':'));
		std::string file = path.substr(path.rfind('/') + 1);
		names.push_back(module_name(file.substr(0, file.find(".ko"))));
	}
	std::ranges::sort(names);
	auto twins = std::ranges::unique(names);
	names.erase(twins.begin(), twins.end());
	return names;
}

// The file, as it grows.
class Profile {
public:
	explicit Profile(ImageOnDisk *kernel) : kernel_(kernel) {}

	Result<> add(const std::string &object, const std::string &text)
	{
		objects_ += "object " + object + " " + std::to_string(blocks_) + " " +
			    std::to_string(block_.size()) + " " + std::to_string(text.size()) +
			    "\n";
		block_ += text;
		return block_.size() >= block_size ? end_block() : Result<>();
	}

	Result<std::string> take()
	{
		if (!block_.empty())
			TRY(end_block());
		std::string head = "release " + kernel_->release() + "\n";
		head += "vermagic " + TRY(kernel_->vermagic()) + "\n";
		head += std::string("livepatch ") + (kernel_->has_livepatch() ? "yes" : "no") +
			"\n";
		head += "layout " + layout() + "\n" + sizes_ + objects_;
		std::string frame = TRY(packed(head));
		return std::string(profile_kind) + std::string(profile_version) + "\n" +
		       std::to_string(frame.size()) + "\n" + frame + bytes_;
	}

private:
	Result<> end_block()
	{
		std::string frame = TRY(packed(block_));
		sizes_ += "block " + std::to_string(frame.size()) + "\n";
		bytes_ += frame;
		blocks_++;
		block_.clear();
		return {};
	}

	std::string layout() const
	{
		Result<KlpLayout> layout = kernel_->klp_layout();
		if (!layout)
			return "-";
		std::string text;
		for (const size_t *number : layout_numbers(&*layout))
			text += (text.empty() ? "" : " ") + std::to_string(*number);
		return text;
	}

	ImageOnDisk *kernel_;
	std::string objects_, sizes_; // lines of the head
	std::string block_; // the text of the last block so far
	size_t blocks_ = 0; // those that ended
	std::string bytes_; // of the frames
};

}

Result<WrittenProfile> write_profile(const std::string &kernel, const std::string &path,
				     const std::function<void(size_t done, size_t all)> &progress)
{
	TRY(OutputFile::check(path));
	KernelFiles files = TRY(find_kernel_files(kernel));
	if (is_profile(files.image))
		return fail(EINVAL, "'%s' is a profile already; name a kernel", kernel.c_str());
	std::unique_ptr<ImageOnDisk> disk = TRY(ImageOnDisk::open(files));
	if (!disk->has_livepatch())
		return fail(ENOTSUP, "the kernel %s has no livepatch support",
			    disk->release().c_str());
	Profile profile(disk.get());
	std::string vmlinux = TRY(text_of_vmlinux(disk.get()));
	TRY(profile.add("vmlinux", vmlinux));
	std::vector<std::string> names =
		TRY(module_names(files.root + "/lib/modules/" + disk->release()));
	std::vector<std::string> unreadable;
	for (size_t done = 0; done < names.size(); done++) {
		if (progress)
			progress(done, names.size());
		Result<std::string> text = text_of_module(&disk->modules(), names[done]);
		if (!text)
			unreadable.push_back(text.error().message);
		TRY(profile.add(names[done], text.value_or(std::string(profile_unreadable))));
	}
	std::string bytes = TRY(profile.take());
	OutputFile file = TRY(OutputFile::make(path));
	TRY(file.write(std::as_bytes(std::span(bytes))));
	TRY(file.publish());
	return WrittenProfile{disk->release(), names.size(), std::move(unreadable), bytes.size()};
}

}
