// SPDX-License-Identifier: LGPL-2.1-or-later
#include "patchability.hpp"
#include "sections.hpp"
#include "thread_loops.hpp"
#include "type_ids.hpp"

#include <algorithm>

namespace klp {

bool is_registration(std::string_view section)
{
	return has_fate(section, SectionFate::registration) || has_fate(section, SectionFate::init);
}

bool is_kernel_table(std::string_view section)
{
	return has_fate(section, SectionFate::kernel_table) ||
	       has_fate(section, SectionFate::boot_table);
}

static Refusal refusal_of(const RefusalKind &kind, const Piece &piece, const std::string &message)
{
	return {&kind, piece.name, "", "'" + base_name(piece.name) + "' " + message};
}

// DO_ONCE() reads these flags where it sets them, and no other code reads them.
static bool is_once_flag(const Piece &piece)
{
	std::string name = base_name(piece.name);
	return name == "___done" || name == "___once_key";
}

static void check_variable(const Object &before, const Change &change,
			   std::vector<Refusal> *refusals)
{
	if (change.before == no_piece)
		return;
	const Piece &old = before.piece(change.before);
	std::string_view section = before.section_name(old);
	if (is_registration(section) || is_kernel_table(section))
		return;
	bool of_function = base_name(old.name) != old.name;
	if (is_type_list(before, old) && old.global)
		refusals->push_back(refusal_of(refusal::data_changed, old,
					       "has changed, and other files refer to it by name"));
	if (change.after != no_piece)
		refusals->push_back(refusal_of(refusal::data_changed, old, change.why));
	else if (of_function && old.kind == Piece::Kind::variable && !is_once_flag(old))
		refusals->push_back(refusal_of(refusal::data_removed, old, "is gone"));
}

// An unknown section may be what the other sections depend on.
static void check_sections(const Object &before, const Object &after,
			   std::vector<Refusal> *refusals)
{
	std::set<std::string> told;
	for (const Object *object : {&after, &before}) {
		for (const Object::UnknownSection &section : object->unknown_sections()) {
			if (told.insert(section.name).second)
				refusals->push_back(
					{&refusal::unknown_section, section.name, "",
					 "the section '" + section.name + "' " + section.why});
		}
	}
}

// A list that the kernel finds by its begin and end has no place for another entry.
static void check_entry(const Object &after, const Change &change, std::vector<Refusal> *refusals)
{
	if (change.before != no_piece)
		return;
	const Piece &fresh = after.piece(change.after);
	std::string section(after.section_name(fresh));
	if (has_fate(section, SectionFate::boot_table))
		refusals->push_back(refusal_of(refusal::new_key, fresh, "is new in " + section));
}

static void note_takers(const Object &object, PieceId table, std::set<std::string> *names)
{
	for (const Piece &piece : object.pieces()) {
		auto takes = [&](const Reference &reference) {
			return reference.pointer && reference.target.is(table);
		};
		if (piece.is_code() && std::ranges::any_of(piece.references, takes))
			names->insert(base_name(piece.parent == no_piece
							? piece.name
							: object.piece(piece.parent).name));
	}
}

// Code that reads a table sees the new one; code that got the address may have the old one.
static void check_renewed(const Object &before, const Object &after,
			  const Correlation::Renewed &table, std::vector<Refusal> *refusals)
{
	std::set<std::string> names;
	for (PieceId id : table.before)
		note_takers(before, id, &names);
	note_takers(after, table.after, &names);
	std::string list;
	for (const std::string &name : names)
		list += (list.empty() ? "'" : ", '") + name + "'";
	if (!names.empty())
		refusals->push_back(
			refusal_of(refusal::table_renewed, after.piece(table.after),
				   "has other values, and its address is taken in " + list));
}

// A thread of the patch's own keeps the patch from being disabled, as long as it runs.
static void check_new_function(const Object &after, PieceId function,
			       std::vector<Refusal> *refusals)
{
	std::string loop = thread_loop(after, function);
	if (!loop.empty())
		refusals->push_back(refusal_of(refusal::endless_loop, after.piece(function),
					       "is new, and " + loop));
}

static void check_function(const Object &before, const Object &after, const Change &change,
			   bool copied, std::vector<Refusal> *refusals)
{
	if (change.before == no_piece)
		return check_new_function(after, change.after, refusals);
	if (change.after == no_piece)
		return;
	const Piece &old = before.piece(change.before);
	if (has_fate(before.section_name(old), SectionFate::init))
		refusals->push_back(refusal_of(refusal::init_changed, old, change.why));
	else if (!has_ftrace_site(old) && !copied)
		refusals->push_back(
			refusal_of(refusal::not_traceable, old,
				   change.why + ", and ftrace has no site at its entry"));
	// Threads are in the old function when the patch is enabled, in the new one when it is
	// disabled.
	std::string loop = thread_loop(before, change.before);
	if (loop.empty())
		loop = thread_loop(after, change.after);
	if (!loop.empty())
		refusals->push_back(refusal_of(refusal::endless_loop, old, loop));
}

std::vector<Refusal> check_patchability(const Object &before, const Object &after,
					const Difference &difference)
{
	std::vector<Refusal> refusals;
	check_sections(before, after, &refusals);
	for (const Change &change : difference.variables()) {
		check_variable(before, change, &refusals);
		check_entry(after, change, &refusals);
	}
	for (const Correlation::Renewed &table : difference.correlation().renewed())
		check_renewed(before, after, table, &refusals);
	for (PieceId id : difference.correlation().ambiguous())
		refusals.push_back(refusal_of(refusal::data_ambiguous, after.piece(id),
					      "may be any of several static variables"));
	for (const Change &change : difference.functions())
		check_function(before, after, change, difference.is_copied(change.after),
			       &refusals);
	return refusals;
}

}
