// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_memory.hpp"
#include "file.hpp"
#include "try.hpp"

#include <cerrno>
#include <cstring>
#include <elf.h>
#include <fcntl.h>

namespace klp {

static Result<> read_exactly(int fd, uint64_t offset, void *buffer, size_t size)
{
	ssize_t got = pread(fd, buffer, size, static_cast<off_t>(offset));
	if (got < 0)
		return fail(errno, "cannot read kernel memory: %s", strerror(errno));
	if (static_cast<size_t>(got) != size)
		return fail(EFAULT, "kernel memory ends %zu bytes early", size - got);
	return {};
}

Result<KernelMemory> KernelMemory::open(const std::string &path)
{
	KernelMemory memory;
	memory.fd_ = TRY(open_file(path, O_RDONLY));
	Elf64_Ehdr header;
	TRY(read_exactly(memory.fd_.get(), 0, &header, sizeof(header)));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_type != ET_CORE ||
	    header.e_phentsize != sizeof(Elf64_Phdr))
		return fail(EBADMSG, "'%s' is not an ELF core file", path.c_str());
	for (unsigned i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;
		TRY(read_exactly(memory.fd_.get(), header.e_phoff + i * sizeof(segment), &segment,
				 sizeof(segment)));
		if (segment.p_type == PT_LOAD)
			memory.segments_.push_back(
				{segment.p_vaddr, segment.p_memsz, segment.p_offset});
	}
	return memory;
}

Result<> KernelMemory::read(uint64_t address, void *buffer, size_t size) const
{
	for (const Segment &segment : segments_) {
		if (address >= segment.address && address - segment.address < segment.size &&
		    size <= segment.size - (address - segment.address))
			return read_exactly(fd_.get(), segment.offset + (address - segment.address),
					    buffer, size);
	}
	return fail(EFAULT, "no kernel memory at %#llx", static_cast<unsigned long long>(address));
}

}
