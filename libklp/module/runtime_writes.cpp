// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime_writes.hpp"

#include <algorithm>
#include <map>

namespace klp {

namespace {

// An index may lie between the place that an instruction names and the place that it means:
// funcs[i - 1] is funcs-152(,%rax,8). No structure of livepatch is larger.
constexpr uint64_t farthest_index = 200;

bool is_code(const Place &place)
{
	return place.section->flags & SHF_EXECINSTR;
}

// A byte of code, 0 where there is none.
uint8_t byte_at(const Place &from, int64_t distance)
{
	uint8_t byte = 0;
	(void)read_at(from.section->data, from.offset + distance, &byte);
	return byte;
}

// The length of an instruction that leaves %rdi and the flow alone, for the instructions that were
// seen between an argument and its call; 0 for any other.
unsigned harmless_instruction(const Place &at)
{
	uint8_t first = byte_at(at, 0), second = byte_at(at, 1), third = byte_at(at, 2);
	auto is_rip_relative = [](uint8_t modrm) { return (modrm & 0xc7) == 0x05; };
	if (first == 0x0f && (second & 0xf0) == 0x90 && is_rip_relative(third))
		return 7; // setcc x(%rip)
	if ((first == 0x88 || first == 0x89) && is_rip_relative(second))
		return 6; // mov %reg,x(%rip)
	if (first == 0x48 && second == 0x89 && is_rip_relative(third))
		return 7;
	if (first == 0xc6 && second == 0x05)
		return 7; // movb $x,x(%rip)
	if (first == 0x31 && second >= 0xc0 && (second & 7) != 7)
		return 2; // xor %reg,%reg
	if (first >= 0xb8 && first <= 0xbe)
		return 5; // mov $x,%reg
	if (first >= 0x50 && first <= 0x5e)
		return 1; // push, and pop but for %rdi
	if (first == 0x41 && second >= 0x50 && second <= 0x5f)
		return 2;
	if (first == 0x48 && second == 0x83 && third == 0xc4)
		return 4; // add $x,%rsp
	return first == 0xc9 ? 1 : 0; // leave
}

// mov $place,%rdi or lea place(%rip),%rdi, and then a call of livepatch: its name, or "".
std::string_view argument_of(const ModulePointers &pointers, const Reference &reference)
{
	constexpr int most_between = 8;
	const Place &from = reference.from;
	if (!is_code(from) || from.offset < 3)
		return "";
	uint32_t opcode = byte_at(from, -3) << 16 | byte_at(from, -2) << 8 | byte_at(from, -1);
	bool is_move = opcode == 0x48c7c7 && reference.type == R_X86_64_32S;
	bool is_lea = opcode == 0x488d3d && reference.type == R_X86_64_PC32;
	if (!is_move && !is_lea)
		return "";
	Place at = from + 4;
	for (int i = 0; i < most_between; i++) {
		uint8_t byte = byte_at(at, 0);
		if (byte == 0xe8 || byte == 0xe9)
			return pointers.livepatch_call_at(at + 1);
		unsigned length = harmless_instruction(at);
		if (length == 0)
			return "";
		at = at + length;
	}
	return "";
}

// An absolute address with a register added to it. The forms without a register are an
// immediate (mod 11), and a SIB without base and index, which compilers don't use.
bool may_be_indexed(const Reference &reference)
{
	if (!is_code(reference.from) ||
	    (reference.type != R_X86_64_32S && reference.type != R_X86_64_32))
		return false;
	uint8_t last = byte_at(reference.from, -1), before = byte_at(reference.from, -2);
	bool has_base = (last & 0xc0) == 0x80;
	bool has_sib = (before & 0xc7) == 0x04 || (before & 0xc7) == 0x84;
	return has_base || has_sib;
}

// Extents, which may overlap, as bytes of sections.
class Bytes {
public:
	explicit Bytes(std::span<const Extent> extents);
	// Whether the set has the byte at a place, or a byte at most "around" bytes away.
	bool has(const Place &place, uint64_t around = 0) const;

private:
	// By section: the end of each run of bytes, and its start.
	std::map<const ElfSection *, std::map<uint64_t, uint64_t>> runs_;
};

Bytes::Bytes(std::span<const Extent> extents)
{
	std::vector<Extent> sorted(extents.begin(), extents.end());
	std::ranges::sort(sorted, {}, [](const Extent &extent) { return extent.start.offset; });
	for (const Extent &extent : sorted) {
		std::map<uint64_t, uint64_t> &runs = runs_[extent.start.section];
		uint64_t start = extent.start.offset, end = start + extent.size;
		if (!runs.empty() && runs.rbegin()->first >= start) {
			auto last = std::prev(runs.end());
			start = last->second;
			end = std::max(end, last->first);
			runs.erase(last);
		}
		runs[end] = start;
	}
}

bool Bytes::has(const Place &place, uint64_t around) const
{
	auto section = runs_.find(place.section);
	if (section == runs_.end())
		return false;
	uint64_t from = place.offset - std::min(place.offset, around);
	auto run = section->second.upper_bound(from);
	return run != section->second.end() && run->second <= place.offset + around;
}

}

bool is_enabled(const ModulePointers &pointers, Place patch)
{
	return std::ranges::any_of(pointers.references(), [&](const Reference &reference) {
		return reference.to.section == patch.section &&
		       reference.to.offset == patch.offset &&
		       argument_of(pointers, reference) == "klp_enable_patch";
	});
}

std::vector<Reference> runtime_writes(const ModulePointers &pointers,
				      std::span<const Extent> extents)
{
	Bytes bytes(extents);
	std::vector<Reference> writes;
	for (const Reference &reference : pointers.references()) {
		uint64_t around = may_be_indexed(reference) ? farthest_index : 0;
		if (bytes.has(reference.to, around) && !bytes.has(reference.from) &&
		    argument_of(pointers, reference).empty())
			writes.push_back(reference);
	}
	return writes;
}

}
