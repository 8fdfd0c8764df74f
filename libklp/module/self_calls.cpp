// SPDX-License-Identifier: LGPL-2.1-or-later
#include "self_calls.hpp"
#include "../try.hpp"

#include <algorithm>
#include <cerrno>

namespace klp {

static constexpr std::string_view livepatch_prefix = ".klp.sym.";
// No patch comes near this limit.
static constexpr size_t most_followed = 10'000'000;

Result<> SelfCalls::find(const ElfFile &elf, std::vector<PatchedObject> *objects)
{
	SelfCalls calls(elf);
	for (const ElfSymbol &symbol : elf.symbols()) {
		if (symbol.type != STT_FUNC || !elf.section_of(symbol))
			continue;
		calls.functions_.try_emplace({symbol.section, symbol.value}, &symbol);
		calls.by_name_.emplace(symbol.name, &symbol);
	}
	for (const ElfSection &section : elf.sections()) {
		if (section.type == SHT_RELA && section.info < elf.sections().size() &&
		    (elf.sections()[section.info].flags & SHF_EXECINSTR))
			TRY(calls.read_relocations(section));
	}
	put_in_order(&calls.inside_);
	put_in_order(&calls.outside_);
	for (PatchedObject &object : *objects) {
		for (PatchedFunction &function : object.functions) {
			bool found = TRY(calls.calls_itself(object.name, function));
			function.calls_itself = found;
		}
	}
	return {};
}

Result<> SelfCalls::read_relocations(const ElfSection &rela)
{
	std::vector<ElfRelocation> entries = TRY(elf_->relocations(rela));
	for (const ElfRelocation &entry : entries) {
		const ElfSymbol &symbol = elf_->symbols()[entry.symbol];
		Where place = {rela.info, entry.offset};
		if (entry.type != R_X86_64_PLT32 && entry.type != R_X86_64_PC32)
			continue;
		if (elf_->section_of(symbol)) {
			inside_.push_back(
				{place, {symbol.section, symbol.value + entry.addend + 4}});
			continue;
		}
		Outside outside = {"", symbol.name};
		if (symbol.section == SHN_LIVEPATCH && symbol.name.starts_with(livepatch_prefix)) {
			std::string_view rest = symbol.name.substr(livepatch_prefix.size());
			size_t dot = std::min(rest.find('.'), rest.size());
			outside.object = rest.substr(0, dot);
			outside.name = rest.substr(std::min(dot + 1, rest.size()));
			outside.name = outside.name.substr(0, outside.name.rfind(','));
		}
		outside_.push_back({place, outside});
	}
	return {};
}

// The function, if any, that begins at a distance from the end of an instruction.
const ElfSymbol *SelfCalls::function_at(uint32_t section, uint64_t end, int64_t distance) const
{
	auto function = functions_.find({section, end + distance});
	return function == functions_.end() ? nullptr : function->second;
}

// The target, within the module, of the call or jump whose distance is at a place.
const ElfSymbol *SelfCalls::callee_at(Where place) const
{
	if (const Where *target = find_at(inside_, place)) {
		auto function = functions_.find(*target);
		return function == functions_.end() ? nullptr : function->second;
	}
	// The assembler has resolved the call within the section.
	int32_t distance;
	if (!read_at(elf_->sections()[place.first].data, place.second, &distance))
		return nullptr;
	return function_at(place.first, place.second + sizeof(distance), distance);
}

const SelfCalls::Calls &SelfCalls::calls_of(const ElfSymbol &function)
{
	auto [known, added] = calls_.try_emplace(&function);
	if (!added)
		return known->second;
	const ElfSection &section = *elf_->section_of(function);
	uint64_t end = std::min<uint64_t>(section.data.size(),
					  function.value + std::min(function.size, section.size));
	for (uint64_t at = function.value; at < end; at++) {
		auto opcode = static_cast<uint8_t>(section.data[at]);
		int8_t distance;
		if (opcode == 0xeb && read_at(section.data, at + 1, &distance)) { // jmp, short
			if (const ElfSymbol *callee =
				    function_at(function.section, at + 2, distance))
				known->second.inside.push_back(callee);
		}
		if (opcode != 0xe8 && opcode != 0xe9) // call, jmp
			continue;
		Where place = {function.section, at + 1};
		if (const Outside *outside = find_at(outside_, place))
			known->second.outside.push_back(*outside);
		else if (const ElfSymbol *callee = callee_at(place))
			known->second.inside.push_back(callee);
	}
	return known->second;
}

Result<bool> SelfCalls::calls_itself(const std::string &object, const PatchedFunction &function)
{
	std::vector<const ElfSymbol *> todo;
	std::set<const ElfSymbol *> seen;
	auto [first, last] = by_name_.equal_range(function.replacement);
	for (; first != last; ++first)
		todo.push_back(first->second);
	while (!todo.empty()) {
		const ElfSymbol *symbol = todo.back();
		todo.pop_back();
		if (!seen.insert(symbol).second)
			continue;
		const Calls &calls = calls_of(*symbol);
		followed_ += 1 + calls.inside.size() + calls.outside.size();
		if (followed_ > most_followed)
			return fail(E2BIG, "more than %zu calls", most_followed);
		if (std::ranges::any_of(calls.outside, [&](const Outside &outside) {
			    return outside.name == function.name &&
				   (outside.object.empty() || outside.object == object);
		    }))
			return true;
		todo.insert(todo.end(), calls.inside.begin(), calls.inside.end());
	}
	return false;
}

}
