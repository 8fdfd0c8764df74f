// SPDX-License-Identifier: LGPL-2.1-or-later
// The executable of an x86-64 kernel: its sections, by name and by link address. (ElfFile reads
// modules, which have no addresses yet.)
//
// parse() makes all checks that affect the layout once. Afterwards every section lies in the file,
// and no two loaded sections overlap.
#pragma once

#include <cstdint>
#include <elf.h>
#include <klp/error.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace klp {

struct ElfHeaders;

struct ImageSection {
	std::string_view name;
	uint64_t address; // 0 for sections that are not loaded, and for .data..percpu before 6.15
	uint64_t size;
	uint64_t flags; // SHF_*
	uint32_t type; // SHT_*
	std::span<const std::byte> data; // empty for SHT_NOBITS

	uint64_t end() const { return address + size; }
	bool is_loaded() const { return flags & SHF_ALLOC; }
	bool contains(uint64_t at) const { return at >= address && at - address < size; }
};

// Views that a Vmlinux returns live as long as the Vmlinux; moving the Vmlinux keeps them valid.
class Vmlinux {
public:
	// EBADMSG with path and offset for a file that is not a well-formed executable of x86-64.
	static Result<Vmlinux> parse(const std::string &path, std::vector<std::byte> bytes);

	Vmlinux(Vmlinux &&) = default;
	Vmlinux &operator=(Vmlinux &&) = default;

	const std::string &path() const { return path_; }
	std::span<const ImageSection> sections() const { return sections_; }
	// The first section of this name, or nullptr.
	const ImageSection *section(std::string_view name) const;
	// The loaded section around this address, or nullptr.
	const ImageSection *section_at(uint64_t address) const;
	// The bytes at this address; empty where no one section holds all of them in the file.
	std::span<const std::byte> bytes(uint64_t address, size_t size) const;
	// The NUL-terminated string at this address, if there is one of less than limit letters.
	std::optional<std::string_view> string(uint64_t address, size_t limit) const;
	// Whether the kernel's own image spans this address. The gaps between its sections and its
	// very end belong to the image.
	bool spans(uint64_t address) const;

	// "path: .section+0x1c: message" with EBADMSG.
	[[gnu::format(printf, 4, 5)]] std::unexpected<Error>
	corrupt(const ImageSection &section, uint64_t offset, const char *format, ...) const;

private:
	Vmlinux() = default;
	Result<> check_kind(const Elf64_Ehdr &header) const;
	Result<> take_sections(const ElfHeaders &headers);
	Result<> name_sections(const ElfHeaders &headers);
	Result<> order_sections();

	std::string path_;
	std::vector<std::byte> bytes_;
	std::vector<ImageSection> sections_;
	std::vector<uint32_t> loaded_; // in order of address
};

}
