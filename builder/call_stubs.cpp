// SPDX-License-Identifier: LGPL-2.1-or-later
#include "call_stubs.hpp"

#include <array>
#include <cstdio>

namespace klp {

static constexpr const char *stub_section = ".text.stubs";

bool looks_up_each_relocation(const std::string &vermagic)
{
	unsigned major = 0, minor = 0;
	sscanf(vermagic.c_str(), "%u.%u", &major, &minor);
	return major < 6 || (major == 6 && minor < 2);
}

static std::string key_of(const Selection &selection, const External &external)
{
	return selection.image().name() + "\n" + external.object + "\n" + external.name + "\n" +
	       std::to_string(external.sympos);
}

static bool is_livepatch_call(const Selection &selection, const Reference &reference)
{
	const Placement &placement = selection.placement(reference);
	return reference.branch && reference.bias == -4 && reference.target.offset == 0 &&
	       placement.kind == Placement::Kind::external && placement.external.delta == 0 &&
	       placement.external.kind == External::Kind::livepatch;
}

void CallStubs::count(const Selection &selection)
{
	for (PieceId id : selection.included()) {
		for (const Reference &reference : selection.object().piece(id).references) {
			if (is_livepatch_call(selection, reference))
				calls_[key_of(selection,
					      selection.placement(reference).external)]++;
		}
	}
}

bool CallStubs::is_counted_twice(const Selection &selection, const Reference &reference) const
{
	if (!is_livepatch_call(selection, reference))
		return false;
	auto calls = calls_.find(key_of(selection, selection.placement(reference).external));
	return calls != calls_.end() && calls->second > 1;
}

void CallStubs::redirect(const Selection &selection, const Reference &reference,
			 ModuleElf::Relocation *call)
{
	static constexpr std::array<uint8_t, 5> jump = {0xe9};
	if (!is_counted_twice(selection, reference))
		return;
	ModuleElf::SectionId id = elf_.section(stub_section, SHT_PROGBITS, ModuleElf::code_flags);
	auto [stub, added] = stubs_.try_emplace({call->object, call->symbol});
	if (added) {
		stub->second = elf_.append(id, std::as_bytes(std::span(jump)), 8);
		elf_.relocate(id,
			      {stub->second + 1, R_X86_64_PLT32, call->symbol, -4, call->object});
	}
	call->symbol = elf_.section_symbol(id);
	call->addend += stub->second;
	call->object.clear();
}

static const Piece &some_function(const std::vector<const Selection *> &selections)
{
	for (const Selection *selection : selections) {
		for (PieceId id : selection->included()) {
			const Piece &piece = selection->object().piece(id);
			if (piece.kind == Piece::Kind::function)
				return piece;
		}
	}
	__builtin_unreachable();
}

// A task that is interrupted in a stub is in the state of a function's first instruction. The
// stub's ORC entry says so to the unwinder.
void CallStubs::describe(const std::vector<const Selection *> &selections)
{
	if (stubs_.empty())
		return;
	const Piece &function = some_function(selections);
	const TableEntry *entry = nullptr, *end = nullptr;
	for (const TableEntry &candidate : function.tables) {
		if (candidate.section != ".orc_unwind_ip")
			continue;
		int64_t offset = candidate.references[0].target.offset;
		if (offset == 0)
			entry = &candidate;
		if (offset == static_cast<int64_t>(function.size - function.entry))
			end = &candidate;
	}
	ModuleElf::SectionId stubs =
		elf_.section(stub_section, SHT_PROGBITS, ModuleElf::code_flags);
	int64_t size = elf_.at(stubs).size;
	for (auto [words, offset] : {std::pair(entry, int64_t{0}), std::pair(end, size)}) {
		if (!words)
			continue;
		ModuleElf::SectionId ip =
			elf_.section(".orc_unwind_ip", SHT_PROGBITS, ModuleElf::constant_flags);
		uint64_t at = elf_.append(ip, words->bytes, 1);
		elf_.relocate(ip, {at, words->references[0].type, elf_.section_symbol(stubs),
				   offset, ""});
		elf_.append(elf_.section(".orc_unwind", SHT_PROGBITS, ModuleElf::constant_flags),
			    words->companion, 1);
	}
}

}
