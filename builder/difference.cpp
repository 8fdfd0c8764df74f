// SPDX-License-Identifier: LGPL-2.1-or-later
#include "difference.hpp"
#include "sections.hpp"

#include <algorithm>
#include <cstdarg>
#include <optional>

namespace klp {

[[gnu::format(printf, 1, 2)]] static std::string text(const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	std::string made(vsnprintf(nullptr, 0, format, arguments), '\0');
	vsnprintf(made.data(), made.size() + 1, format, again);
	va_end(again);
	va_end(arguments);
	return made;
}

// As C writes it in a string, in one line.
static std::string escaped(char letter)
{
	switch (letter) {
	case '\n':
		return "\\n";
	case '\t':
		return "\\t";
	case '"':
	case '\\':
		return {'\\', letter};
	default:
		return letter >= 0x20 && letter < 0x7f
			       ? std::string(1, letter)
			       : text("\\%03o", static_cast<unsigned char>(letter));
	}
}

// Shows wide characters as ASCII where ASCII has them.
static std::string quoted(const Target &target)
{
	static constexpr size_t most_shown = 40;
	std::string shown = target.width > 1 ? "L\"" : "\"";
	size_t letters = target.text.size() / target.width;
	for (size_t i = 0; i < std::min(letters, most_shown); i++) {
		size_t at = i * target.width;
		auto rest = target.text.substr(at + 1, target.width - 1);
		bool ascii = rest.find_first_not_of('\0') == std::string_view::npos;
		shown += ascii ? escaped(target.text[at]) : "?";
	}
	shown += "\"";
	return letters > most_shown ? shown + text("... (%zu more)", letters - most_shown) : shown;
}

std::string name_of(const Object &object, const Target &target)
{
	switch (target.kind) {
	case Target::Kind::piece: {
		const Piece &piece = object.piece(target.piece);
		if (!piece.name.empty())
			return "'" + piece.name + "'";
		return std::string(object.section_name(piece)) +
		       text("+%#llx", static_cast<unsigned long long>(piece.start));
	}
	case Target::Kind::string:
		return quoted(target);
	case Target::Kind::literal:
		return text("a constant of %zu bytes", target.text.size());
	case Target::Kind::undefined:
		return "'" + std::string(target.name) + "'";
	case Target::Kind::absolute:
		return text("%#llx", static_cast<unsigned long long>(target.offset));
	}
	__builtin_unreachable();
}

// Entries that follow from the code itself need no check: functions with equal bytes and references
// have equal entries. The entries of these tables carry information of their own.
static bool is_compared(const TableEntry &entry)
{
	return entry.section == ".altinstructions" || entry.section == "__bug_table" ||
	       entry.section == "__ex_table" || entry.section == "__jump_table" ||
	       entry.section == ".static_call_sites" || entry.section == "_kprobe_blacklist" ||
	       entry.section.starts_with("runtime_");
}

// Sorts by table: the order of the tables in the file depends on which function of the unit is the
// first to have an entry in a table.
static std::vector<const TableEntry *> compared(const Piece &piece)
{
	std::vector<const TableEntry *> entries;
	for (const TableEntry &entry : piece.tables)
		if (is_compared(entry))
			entries.push_back(&entry);
	std::ranges::stable_sort(entries, {}, &TableEntry::section);
	return entries;
}

// A bug entry's line number changes with every line above it (include/asm/bug.h: two
// distances of 4 bytes, then the line in 2).
static std::vector<std::byte> without_line(const TableEntry &entry)
{
	std::vector<std::byte> bytes = entry.bytes;
	if (entry.section == "__bug_table" && bytes.size() >= 10)
		bytes[8] = bytes[9] = std::byte{0};
	return bytes;
}

Difference::Difference(const Object &before, const Object &after)
    : before_(before), after_(after), correlation_(before, after)
{
	compare();
	bring_in_callers();
	find_new();
}

std::string Difference::compare_references(const Piece &before, const Piece &after) const
{
	for (size_t i = 0; i < std::min(before.references.size(), after.references.size()); i++) {
		const Reference &old = before.references[i], &fresh = after.references[i];
		size_t offset = old.offset - before.entry;
		if (offset != fresh.offset - after.entry || old.type != fresh.type)
			return text("refers to something else at +%#zx", offset);
		if (correlation_.same(old.target, fresh.target))
			continue;
		std::string from = name_of(before_, old.target), to = name_of(after_, fresh.target);
		if (from == to && fresh.target.kind == Target::Kind::piece &&
		    old.target.offset == fresh.target.offset)
			return text("refers to %s, which is another, at +%#zx", to.c_str(), offset);
		return text("%s %s instead of %s at +%#zx", fresh.branch ? "calls" : "refers to",
			    to.c_str(), from.c_str(), offset);
	}
	if (before.references.size() != after.references.size())
		return text("has %zu reference%s instead of %zu", after.references.size(),
			    after.references.size() == 1 ? "" : "s", before.references.size());
	return "";
}

std::string Difference::compare_tables(const Piece &before, const Piece &after) const
{
	std::vector<const TableEntry *> old = compared(before), fresh = compared(after);
	for (size_t i = 0; i < std::min(old.size(), fresh.size()); i++) {
		const TableEntry &a = *old[i], &b = *fresh[i];
		bool same = a.section == b.section && without_line(a) == without_line(b);
		for (size_t k = 0; same && k < a.references.size(); k++) {
			// The name of the file gives a place, not a content.
			if (a.section == "__bug_table" && k == 1)
				continue;
			same = correlation_.same(a.references[k].target, b.references[k].target);
		}
		if (!same)
			return text("has another entry in %s", std::string(b.section).c_str());
	}
	if (old.size() != fresh.size())
		return text("has %zu %s in the tables beside the code instead of %zu", fresh.size(),
			    fresh.size() == 1 ? "entry" : "entries", old.size());
	return "";
}

static bool is_init(std::string_view section)
{
	return has_fate(section, SectionFate::init);
}

static bool is_per_cpu(std::string_view section)
{
	return has_fate(section, SectionFate::per_cpu);
}

std::string Difference::compare_code(PieceId before, PieceId after) const
{
	const Piece &old = before_.piece(before), &fresh = after_.piece(after);
	std::string_view section = before_.section_name(old);
	if (is_init(section) && !is_init(after_.section_name(fresh)))
		return text("is no longer in %s", std::string(section).c_str());
	if (old.size - old.entry != fresh.size - fresh.entry)
		return text("has %zu bytes instead of %zu",
			    static_cast<size_t>(fresh.size - fresh.entry),
			    static_cast<size_t>(old.size - old.entry));
	auto [mine, theirs] = std::mismatch(old.bytes.begin() + old.entry, old.bytes.end(),
					    fresh.bytes.begin() + fresh.entry);
	std::string why = compare_references(old, fresh);
	if (why.empty() && mine != old.bytes.end())
		why = text("has other instructions at +%#zx",
			   static_cast<size_t>(mine - old.bytes.begin() - old.entry));
	if (why.empty())
		why = compare_tables(old, fresh);
	if (!why.empty())
		return why;
	if ((old.cold == no_piece) != (fresh.cold == no_piece))
		return fresh.cold == no_piece ? "has no .cold part any more" : "has a .cold part";
	if (old.cold == no_piece)
		return "";
	why = compare_code(old.cold, fresh.cold);
	return why.empty() ? why : "its .cold part " + why;
}

// In a section with other pieces, a piece has the largest alignment of all.
static bool is_alone(const Object &object, const Piece &piece)
{
	return std::ranges::count(object.pieces(), piece.section, &Piece::section) == 1;
}

std::string Difference::compare_data(PieceId before, PieceId after) const
{
	const Piece &old = before_.piece(before), &fresh = after_.piece(after);
	if (old.size != fresh.size)
		return text("has %zu bytes instead of %zu", static_cast<size_t>(fresh.size),
			    static_cast<size_t>(old.size));
	std::string_view from = before_.section_name(old), to = after_.section_name(fresh);
	if (from.substr(0, 6) != to.substr(0, 6) || is_per_cpu(from) != is_per_cpu(to))
		return "is in another section";
	if (fresh.align > old.align && is_alone(before_, old) && is_alone(after_, fresh))
		return text("is aligned to %zu bytes instead of %zu",
			    static_cast<size_t>(fresh.align), static_cast<size_t>(old.align));
	if (correlation_.same_content(before, after))
		return "";
	std::string why = compare_references(old, fresh);
	return why.empty() ? "has another initial value" : why;
}

void Difference::compare()
{
	for (PieceId id = 0; id < before_.pieces().size(); id++) {
		const Piece &piece = before_.piece(id);
		PieceId other = correlation_.after_of(id);
		if (other == no_piece || piece.kind == Piece::Kind::cold ||
		    piece.kind == Piece::Kind::code)
			continue;
		std::string why =
			piece.is_code() ? compare_code(id, other) : compare_data(id, other);
		if (!why.empty())
			(piece.is_code() ? functions_ : variables_).push_back({id, other, why});
	}
}

bool has_ftrace_site(const Piece &piece)
{
	return std::ranges::any_of(piece.tables, [](const TableEntry &entry) {
		return entry.section == "__mcount_loc";
	});
}

// The functions that call a piece; nothing if another use exists, too: the address may be anywhere
// then.
static std::optional<std::set<PieceId>> callers_of(const Object &object, PieceId callee)
{
	std::set<PieceId> callers;
	for (PieceId id = 0; id < object.pieces().size(); id++) {
		const Piece &piece = object.piece(id);
		PieceId user = piece.parent == no_piece ? id : piece.parent;
		if (user == callee || object.piece(callee).cold == id)
			continue;
		for (const Reference &reference : piece.references) {
			if (!reference.target.is(callee))
				continue;
			if (!reference.branch || object.piece(user).kind != Piece::Kind::function)
				return std::nullopt;
			callers.insert(user);
		}
	}
	return callers;
}

// The place behind the changed functions.
void Difference::add_changed(PieceId before, const std::string &why)
{
	auto changed = [](const Change &change) {
		return change.before != no_piece && change.after != no_piece;
	};
	if (std::ranges::find(functions_, before, &Change::before) != functions_.end())
		return;
	auto place = std::ranges::find_if_not(functions_, changed);
	functions_.insert(place, {before, correlation_.after_of(before), why});
}

void Difference::bring_in(PieceId before, const std::string &why)
{
	add_changed(before, why);
	bring_in_callers();
}

// If ftrace cannot redirect a function (an inline function that was not inlined is notrace, say),
// the patch replaces its callers, too: the callers call the new copy.
void Difference::bring_in_callers()
{
	// functions_ grows in the loop.
	for (size_t i = 0; i < functions_.size(); i++) {
		PieceId before = functions_[i].before, after = functions_[i].after;
		if (before == no_piece || after == no_piece)
			continue;
		const Piece &old = before_.piece(before);
		if (has_ftrace_site(old) || old.global || is_init(before_.section_name(old)) ||
		    !callers_of(before_, before))
			continue;
		std::optional<std::set<PieceId>> callers = callers_of(after_, after);
		if (!callers)
			continue;
		copied_.insert(after);
		for (PieceId caller : *callers) {
			PieceId original = correlation_.before_of(caller);
			if (original != no_piece)
				add_changed(original, "calls '" + old.name +
							      "', which ftrace cannot redirect");
		}
	}
}

// Whether a piece without a counterpart is reported, by its own name. Constants that the compiler
// numbered come and go; a patch includes the constants that its functions use.
static bool is_remarkable(const Piece &piece)
{
	bool numbered_constant =
		piece.kind == Piece::Kind::constant && base_name(piece.name) != piece.name;
	return !piece.name.empty() && !is_special_static(piece.name) && !numbered_constant &&
	       piece.kind != Piece::Kind::cold;
}

void Difference::find_new()
{
	for (PieceId id = 0; id < after_.pieces().size(); id++) {
		const Piece &piece = after_.piece(id);
		if (correlation_.before_of(id) == no_piece && is_remarkable(piece))
			(piece.is_code() ? functions_ : variables_)
				.push_back({no_piece, id, "is new"});
	}
	for (PieceId id = 0; id < before_.pieces().size(); id++) {
		const Piece &piece = before_.piece(id);
		if (correlation_.after_of(id) == no_piece && is_remarkable(piece))
			(piece.is_code() ? functions_ : variables_)
				.push_back({id, no_piece, "is gone"});
	}
}

}
