// SPDX-License-Identifier: LGPL-2.1-or-later
// Entries of special sections about included code: jump labels, static calls, alternatives.
#include "unit_selector.hpp"

namespace klp {

// The module of a static key, or of a tracepoint's key: the patched module, whether the key is new
// in it or not, or a module that the patched one depends on. "" for the kernel.
std::string UnitSelector::module_of_key(const Piece &piece, const Reference &reference)
{
	const Target &key = reference.target;
	bool own = key.kind == Target::Kind::piece
			   ? !is_special_static(unit_.after->piece(key.piece).name)
			   : key.kind == Target::Kind::undefined &&
				     !unit_.image->find(std::string(key.name)).empty();
	return own && is_module() ? object() : module_of(place(piece, reference));
}

// Leaves out an entry about a module's key or call. Refuses a jump label whose form assembly.hpp
// does not know. A static call then uses its trampoline, which is always right.
bool UnitSelector::is_dropped(const Piece &piece, const TableEntry &entry)
{
	static constexpr size_t jump_key = 2, call_key = 1;
	// objtool assumed that no code takes these addresses; ftrace does.
	if (entry.section == ".ibt_endbr_seal")
		return true;
	bool jump = entry.section == "__jump_table";
	if (!jump && entry.section != ".static_call_sites")
		return false;
	const Reference &reference = entry.references[jump ? jump_key : call_key];
	std::string module = module_of_key(piece, reference);
	if (jump && !module.empty()) {
		const Target &key = reference.target;
		std::string name = key.kind == Target::Kind::piece
					   ? unit_.after->piece(key.piece).name
					   : std::string(key.name);
		refusals_.add(refusal::key_in_module, piece.name,
			      "'" + piece.name + "' has a jump label for the static key '" + name +
				      "' of " + module);
	}
	return !module.empty();
}

// Before Linux 6.4 the kernel copies a replacement as it is, and corrects only the distance of a
// call or a jump that is all of it (apply_alternatives() in arch/x86/kernel/alternative.c).
void UnitSelector::check_replacement(const Piece &piece, const TableEntry &entry)
{
	const Target &target = entry.references[1].target;
	if (target.kind != Target::Kind::piece)
		return;
	const Piece &replacement = unit_.after->piece(target.piece);
	size_t length = std::to_integer<size_t>(entry.bytes.back());
	bool one_branch = length == 5 && (replacement.bytes[0] == std::byte(0xe8) ||
					  replacement.bytes[0] == std::byte(0xe9));
	auto corrects = [](const Image &kernel) {
		return !kernel.find("text_poke_apply_relocation").empty() ||
		       !kernel.find("apply_relocation").empty();
	};
	for (const Reference &reference : replacement.references) {
		if (reference.offset < length && is_pc_relative(reference.type) && !one_branch &&
		    !corrects(symbols_.vmlinux()))
			refusals_.add(refusal::relative_alternative, piece.name,
				      "'" + piece.name + "' has an alternative that refers to " +
					      name_of(*unit_.after, reference.target) +
					      " by its distance");
	}
}

void UnitSelector::follow_entry(const Piece &piece, const TableEntry &entry)
{
	if (entry.section == ".altinstructions")
		check_replacement(piece, entry);
	if (is_dropped(piece, entry)) {
		selection_.dropped_.insert(&entry);
		return;
	}
	if (entry.section.starts_with("runtime_"))
		return refusals_.add(refusal::boot_constant, piece.name,
				     "'" + piece.name + "' has a constant of " +
					     std::string(entry.section));
	for (const Reference &reference : entry.references) {
		const Placement &placed = selection_.placements_[&reference] =
			place(piece, reference);
		if (!module_of(placed).empty())
			refusals_.add(refusal::table_in_module, piece.name,
				      "an entry of '" + piece.name + "' in " +
					      std::string(entry.section) + " refers to '" +
					      placed.external.name + "'");
	}
}

}
