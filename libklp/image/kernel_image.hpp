// SPDX-License-Identifier: LGPL-2.1-or-later
// The facts of a kernel, read from the vmlinuz that a distribution ships: no boot, no symbol
// table, no debug package. klp builds and checks patches against this file. Each fact is therefore
// either proved by more than one of the file's tables, or an error.
//
// Addresses are those that the kernel was linked for: /proc/kallsyms shows the same addresses to
// root with "nokaslr".
#pragma once

#include "image_exports.hpp"
#include "image_kallsyms.hpp"
#include "vmlinux.hpp"

namespace klp {

// Views and pointers that a KernelImage returns live as long as the KernelImage; moving the
// KernelImage keeps them valid.
class KernelImage {
public:
	using Symbol = ImageSymbol;
	using Section = ImageSection;
	using Export = ImageExport;

	// A bzImage packed with xz, zstd or gzip, or not packed; or an ELF vmlinux. EBADMSG with
	// path and offset for a file that is malformed or contradicts itself (the message says
	// where an offset is one in the unpacked kernel); EFBIG for a file larger than any kernel;
	// ENOTSUP for another packing and for a kernel without CONFIG_KALLSYMS_ALL.
	static Result<KernelImage> open(const std::string &path);
	static Result<KernelImage> parse(const std::string &path, std::vector<std::byte> bytes);

	KernelImage(KernelImage &&) = default;
	KernelImage &operator=(KernelImage &&) = default;

	// In the kernel's order, which is that of addresses; symbols of one address have the order
	// of /proc/kallsyms.
	std::span<const Symbol> symbols() const { return kallsyms_.symbols; }
	// All symbols of this name, in that order: sympos counts in it.
	std::vector<const Symbol *> find(std::string_view name) const;
	// All names of one address.
	std::vector<const Symbol *> at(uint64_t address) const;
	// The last symbol at or below this address in the same section, or nullptr.
	const Symbol *covering(uint64_t address) const;

	std::span<const Section> sections() const { return vmlinux_.sections(); }
	// The first section of this name, or nullptr.
	const Section *section(std::string_view name) const { return vmlinux_.section(name); }
	// The loaded section around this address, or nullptr.
	const Section *section_at(uint64_t address) const { return vmlinux_.section_at(address); }
	// The bytes at this address. Empty where no one section of the image holds all of these
	// bytes, or where the bytes are only zeroed at boot.
	std::span<const std::byte> bytes(uint64_t address, size_t size) const
	{
		return vmlinux_.bytes(address, size);
	}

	// Sorted by name.
	const std::vector<Export> &exports() const { return exports_; }
	const Export *export_of(std::string_view name) const;

	// In hexadecimal, or "".
	std::string build_id() const;
	// "Linux version 6.1.0-56-amd64 (...) (gcc-12 ...) #1 SMP ...", without its newline.
	std::string banner() const;
	// The .BTF section; empty when there is none.
	std::span<const std::byte> btf() const;

private:
	explicit KernelImage(Vmlinux vmlinux) : vmlinux_(std::move(vmlinux)) {}

	void index_symbols();
	size_t bucket(std::string_view name) const;
	Result<> check_bounds() const;
	Result<> check_exports() const;

	static constexpr uint32_t none = UINT32_MAX;

	Vmlinux vmlinux_;
	ImageKallsyms kallsyms_;
	std::vector<uint32_t> heads_; // the first symbol of each hash; a power of two of them
	std::vector<uint32_t> next_; // for each symbol, the next symbol of the same hash
	std::vector<Export> exports_;
};

}
