// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../ftrace_sites.hpp"
#include "../image/kernel_image.hpp"
#include "../module_files.hpp"
#include "kernel_files.hpp"
#include "kernel_on_disk.hpp"

namespace klp {

// An export of the image, in the form that modules' exports have.
ModuleExport as_module_export(const KernelImage::Export &symbol);

// A kernel on disk as its image and the files of its modules have it.
class ImageOnDisk : public KernelOnDisk {
public:
	static Result<std::unique_ptr<ImageOnDisk>> open(const KernelFiles &files);

	const std::string &release() const override { return release_; }
	Result<std::string> vermagic() override;
	bool has_livepatch() override;
	Result<KlpLayout> klp_layout() override;
	Result<std::vector<std::byte>> btf(const std::string &object) override;
	bool has_module(const std::string &module) override;
	Result<size_t> count_symbols(const std::string &object, const std::string &name) override;
	Result<bool> is_traceable(const std::string &object, const std::string &name,
				  unsigned long sympos) override;
	Result<std::string> build_id(const std::string &object) override;
	Result<std::optional<ModuleExport>> export_of(const std::string &object,
						      const std::string &symbol) override;

	const KernelImage &image() const { return image_; }
	ModuleFiles &modules() { return modules_; }
	const Result<FtraceSites> &sites();

private:
	ImageOnDisk(KernelImage image, std::string release, const std::string &root)
	    : image_(std::move(image)), release_(std::move(release)), modules_(root, release_)
	{
	}

	KernelImage image_;
	std::string release_;
	ModuleFiles modules_;
	std::optional<Result<FtraceSites>> sites_;
};

}
