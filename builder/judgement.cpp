// SPDX-License-Identifier: LGPL-2.1-or-later
#include "judgement.hpp"
#include "thread_loops.hpp"
#include "type_ids.hpp"

#include <algorithm>

namespace klp {

static bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> prefixes)
{
	return std::ranges::any_of(
		prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool is_registration(std::string_view section)
{
	return starts_with_any(section, {"__ksymtab", "___ksymtab", "__kcrctab", "___kcrctab",
					 "__param", ".initcall", ".init.", ".exitcall", ".exit.",
					 ".con_initcall", ".export_symbol", "__ksymtab_strings"});
}

bool is_kernel_table(std::string_view section)
{
	return starts_with_any(section, {"__tracepoints", "_ftrace_events", "__bpf_raw_tp_map",
					 ".static_call.", "_ftrace_eval_map", "__syscalls_metadata",
					 "_kprobe_blacklist", "_error_injection_whitelist"});
}

static Refusal refusal_of(const RefusalKind &kind, const Piece &piece, const std::string &message)
{
	return {&kind, piece.name, "", "'" + base_name(piece.name) + "' " + message};
}

static void judge_variable(const Object &before, const Change &change,
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
		refusals->push_back(
			refusal_of(refusal::data_changed, old,
				   "is not what it was, and other files know its name"));
	if (change.after != no_piece)
		refusals->push_back(refusal_of(refusal::data_changed, old, change.why));
	else if (of_function && old.kind == Piece::Kind::variable)
		refusals->push_back(refusal_of(refusal::data_removed, old, "is gone"));
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

// Who looks into a table has the new one; who was given its address may have the old one.
static void judge_renewed(const Object &before, const Object &after,
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

static void judge_function(const Object &before, const Object &after, const Change &change,
			   bool copied, std::vector<Refusal> *refusals)
{
	if (change.before == no_piece || change.after == no_piece)
		return;
	const Piece &old = before.piece(change.before);
	if (starts_with_any(before.section_name(old),
			    {".init.", ".exit.", ".meminit.", ".cpuinit."}))
		refusals->push_back(refusal_of(refusal::init_changed, old, change.why));
	else if (!has_ftrace_site(old) && !copied)
		refusals->push_back(
			refusal_of(refusal::not_traceable, old,
				   change.why + ", and ftrace has no site at its entry"));
	// The one that threads are in when the patch comes, and when it goes.
	std::string loop = thread_loop(before, change.before);
	if (loop.empty())
		loop = thread_loop(after, change.after);
	if (!loop.empty())
		refusals->push_back(refusal_of(refusal::endless_loop, old, loop));
}

std::vector<Refusal> judge_difference(const Object &before, const Object &after,
				      const Difference &difference)
{
	std::vector<Refusal> refusals;
	for (const Change &change : difference.variables())
		judge_variable(before, change, &refusals);
	for (const Correlation::Renewed &table : difference.correlation().renewed())
		judge_renewed(before, after, table, &refusals);
	for (PieceId id : difference.correlation().ambiguous())
		refusals.push_back(refusal_of(refusal::data_ambiguous, after.piece(id),
					      "may be any of several static variables"));
	for (const Change &change : difference.functions())
		judge_function(before, after, change, difference.is_copied(change.after),
			       &refusals);
	return refusals;
}

}
