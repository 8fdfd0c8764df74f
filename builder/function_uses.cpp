// SPDX-License-Identifier: LGPL-2.1-or-later
#include "function_uses.hpp"
#include "instructions.hpp"

#include <algorithm>
#include <bitset>
#include <cstring>

namespace klp {

// Whether the section describes code and does not use it: its entries are about the places that the
// entries name.
static bool is_about_code(std::string_view section)
{
	static constexpr std::string_view names[] = {
		".BTF",
		".altinstructions",
		".call_sites",
		".ibt_endbr_seal",
		".cfi_sites",
		".orc_header",
		".orc_lookup",
		".orc_unwind",
		".orc_unwind_ip",
		".parainstructions",
		".retpoline_sites",
		".return_sites",
		".smp_locks",
		"__bug_table",
		"__ex_table",
		"__jump_table",
		"__mcount_loc",
		"__patchable_function_entries",
	};
	return std::ranges::find(names, section) != std::end(names);
}

FunctionUses::FunctionUses(const Image &image) : image_(image)
{
	std::span<const std::byte> table;
	std::vector<Image::Symbol> start = image.find("__start_mcount_loc"),
				   stop = image.find("__stop_mcount_loc");
	if (!image.is_module() && start.size() == 1 && stop.size() == 1 &&
	    start[0].address < stop[0].address)
		table = image.bytes(start[0].address, stop[0].address - start[0].address);
	for (const Image::Section &section : image.sections()) {
		if (image.is_module() && section.name == "__mcount_loc")
			table = section.data;
	}
	sites_.resize(table.size() / sizeof(uint64_t));
	memcpy(sites_.data(), table.data(), sites_.size() * sizeof(uint64_t));
	std::ranges::sort(sites_);
}

bool FunctionUses::is_traceable(uint64_t function) const
{
	static constexpr uint64_t endbr = 4;
	return std::ranges::binary_search(sites_, function) ||
	       std::ranges::binary_search(sites_, function + endbr);
}

// Finds the places that hold one of a few addresses.
class FunctionUses::Search {
public:
	explicit Search(const std::set<uint64_t> &addresses) : addresses_(addresses)
	{
		for (uint64_t address : addresses)
			maybe_.set(address % maybe_.size());
	}
	bool has(uint64_t address) const
	{
		return maybe_[address % maybe_.size()] && addresses_.contains(address);
	}
	// report() gets the address of each.
	template <class Report> void in_code(const Image::Section &section, Report report) const
	{
		for (size_t at = 0; at + 4 <= section.data.size(); at++) {
			int32_t value;
			memcpy(&value, section.data.data() + at, sizeof(value));
			uint64_t place = section.address + at;
			if (has(place + 4 + static_cast<int64_t>(value)) ||
			    has(static_cast<int64_t>(value)))
				report(place);
		}
	}
	template <class Report> void in_data(const Image::Section &section, Report report) const
	{
		for (size_t at = 0; at + 4 <= section.data.size(); at++) {
			int32_t distance;
			uint64_t value = 0;
			memcpy(&distance, section.data.data() + at, sizeof(distance));
			if (at + 8 <= section.data.size())
				memcpy(&value, section.data.data() + at, sizeof(value));
			uint64_t place = section.address + at;
			bool near = at % 4 == 0 && has(place + static_cast<int64_t>(distance));
			if (near || has(value))
				report(place);
		}
	}

private:
	const std::set<uint64_t> &addresses_;
	std::bitset<1 << 16> maybe_;
};

// Returns how the instruction around a distance or an address uses it; nothing if no instruction
// has a distance or an address there.
std::optional<FunctionUse::Kind> FunctionUses::kind_at(const Image::Symbol &user,
						       uint64_t place) const
{
	static constexpr uint64_t width = 4, longest = 15;
	const uint64_t field = place - user.address;
	for (uint64_t end = field + width; end < field + longest; end++) {
		Result<std::vector<Instruction>> decoded =
			decode_instructions(image_.bytes(user.address, end));
		if (!decoded || decoded->empty())
			continue;
		auto next = std::ranges::upper_bound(*decoded, field, {}, &Instruction::offset);
		const Instruction &instruction = *std::prev(next);
		uint64_t within = field - instruction.offset;
		if (instruction.operand == within && instruction.operand != 0)
			return FunctionUse::Kind::call;
		if (instruction.address == within && instruction.address != 0)
			return FunctionUse::Kind::pointer;
		// The bytes are something else that equals the address by chance; or a number.
		return end == field + width ? std::optional(FunctionUse::Kind::unknown)
					    : std::nullopt;
	}
	return FunctionUse::Kind::unknown;
}

// Whether a distance stands behind the first byte of a call or jump.
static bool follows_call(const Image &image, uint64_t place)
{
	std::span<const std::byte> opcode = image.bytes(place - 1, 1);
	return !opcode.empty() && (opcode[0] == std::byte{0xe8} || opcode[0] == std::byte{0xe9});
}

std::vector<FunctionUse> FunctionUses::of(const std::set<uint64_t> &functions) const
{
	std::vector<FunctionUse> uses;
	std::set<std::pair<FunctionUse::Kind, std::string>> said;
	auto note = [&](FunctionUse::Kind kind, uint64_t user, std::string_view name) {
		if (said.emplace(kind, std::string(name) + "@" + std::to_string(user)).second)
			uses.push_back({kind, user, std::string(name)});
	};
	Search search(functions);
	for (const Image::Section &section : image_.sections()) {
		if (is_about_code(section.name))
			continue;
		// Code that has run makes no more calls; an address that it passed on stays in use.
		bool has_run = section.name.starts_with(".init");
		auto in_code = [&](uint64_t place) {
			std::optional<Image::Symbol> user = image_.nearest(place);
			// Names of a module's init code do not last.
			if (!user && has_run && follows_call(image_, place))
				return;
			if (!user)
				return note(FunctionUse::Kind::unknown, 0, section.name);
			std::optional<FunctionUse::Kind> kind = kind_at(*user, place);
			if (kind && !(has_run && *kind == FunctionUse::Kind::call))
				note(*kind, user->address, user->name);
		};
		auto in_data = [&](uint64_t place) {
			if (section.name.starts_with("__ksymtab"))
				return note(FunctionUse::Kind::exported, 0, section.name);
			std::optional<Image::Symbol> user = image_.nearest(place);
			note(FunctionUse::Kind::data, 0, user ? user->name : section.name);
		};
		if (section.code)
			search.in_code(section, in_code);
		else
			search.in_data(section, in_data);
	}
	return uses;
}

}
