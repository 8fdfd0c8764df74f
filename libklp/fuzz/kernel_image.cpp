// SPDX-License-Identifier: LGPL-2.1-or-later
// The boundary at which bytes from anywhere become a KernelImage.
#include "../image/kernel_image.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace klp;

// Checks for errors that would harm a user: a symbol that is not found by its own name, order or
// address, a view outside the image.
static void ask_everything(const KernelImage &image)
{
	uint64_t before = 0;
	size_t seen = image.banner().size() + image.build_id().size() + image.btf().size();
	for (const KernelImage::Symbol &symbol : image.symbols()) {
		bool found = false;
		for (const KernelImage::Symbol *named : image.find(symbol.name))
			found |= named == &symbol;
		const KernelImage::Symbol *covering = image.covering(symbol.address);
		if (!found || symbol.address < before || image.at(symbol.address).empty() ||
		    (covering && covering->address != symbol.address))
			abort();
		before = symbol.address;
	}
	for (const KernelImage::Section &section : image.sections()) {
		for (std::byte byte : section.data)
			seen += static_cast<size_t>(byte);
		seen += image.bytes(section.address, section.size).size() + section.name.size();
	}
	for (const KernelImage::Export &symbol : image.exports()) {
		if (image.export_of(symbol.name) != &symbol || image.at(symbol.address).empty())
			abort();
		seen += symbol.namespace_.size();
	}
	if (seen == 0)
		abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto start = reinterpret_cast<const std::byte *>(data);
	Result<KernelImage> image = KernelImage::parse("vmlinuz", {start, start + size});
	if (image) {
		ask_everything(*image);
		return 0;
	}
	const Error &error = image.error();
	bool said = error.message.starts_with("vmlinuz: ") &&
		    (error.code == EBADMSG || error.code == EFBIG || error.code == ENOTSUP);
	if (!said) {
		fprintf(stderr, "does not say where: (%d) %s\n", error.code, error.message.c_str());
		abort();
	}
	return 0;
}
