// SPDX-License-Identifier: LGPL-2.1-or-later
#include "untraceable.hpp"
#include "function_uses.hpp"

#include <algorithm>

namespace klp {

// More callers than a fix of one function should replace.
static constexpr size_t few = 8;

namespace {

// A function of a unit, by its id in the object before the fix.
struct Member {
	const UnitOfFix *unit;
	PieceId before;
	auto operator<=>(const Member &) const = default;
};

class Copies {
public:
	explicit Copies(std::span<const UnitOfFix> units) : units_(units) {}
	std::set<std::string> make();

private:
	void find_candidates();
	bool may_be_copied(const UnitOfFix &unit, const Change &change) const;
	bool is_pointed_to(const Object &object, const Piece &piece) const;
	std::optional<std::set<Member>> callers_of(const Member &function) const;
	std::optional<Member> member_at(const Image &image, uint64_t address) const;
	bool is_replaced(const Member &caller) const;
	void drop_impossible();

	std::span<const UnitOfFix> units_;
	std::map<Member, std::set<Member>> callers_; // of each candidate
};

bool Copies::is_pointed_to(const Object &object, const Piece &piece) const
{
	PieceId own = object.find(piece.name);
	for (const Piece &user : object.pieces()) {
		for (const Reference &reference : user.references) {
			bool meant = own != no_piece ? reference.target.is(own)
						     : reference.target.name == piece.name;
			if (meant && !reference.branch)
				return true;
		}
	}
	// BPF uses the number of a function to find and call it.
	std::string listed = "__BTF_ID__func__" + piece.name + "__";
	return std::ranges::any_of(object.elf().symbols(), [&](const ElfSymbol &symbol) {
		return symbol.name.starts_with(listed);
	});
}

bool Copies::may_be_copied(const UnitOfFix &unit, const Change &change) const
{
	if (change.before == no_piece || change.after == no_piece ||
	    unit.difference->is_copied(change.after) ||
	    unit.proof->overridden.contains(change.before) ||
	    unit.proof->addresses[change.before] == 0)
		return false;
	const Piece &old = unit.before->piece(change.before);
	std::string_view section = unit.before->section_name(old);
	if (old.kind != Piece::Kind::function || !old.global || old.weak || has_ftrace_site(old) ||
	    section.starts_with(".init.") || section.starts_with(".exit.") ||
	    unit.before->exports(old.name) || unit.after->exports(old.name))
		return false;
	return std::ranges::none_of(units_, [&](const UnitOfFix &other) {
		return other.image == unit.image && is_pointed_to(*other.after, old);
	});
}

std::optional<Member> Copies::member_at(const Image &image, uint64_t address) const
{
	for (const UnitOfFix &unit : units_) {
		if (unit.image != &image)
			continue;
		for (PieceId id = 0; id < unit.before->pieces().size(); id++) {
			const Piece &piece = unit.before->piece(id);
			if (unit.proof->addresses[id] != address || !piece.is_code())
				continue;
			return Member{&unit, piece.parent == no_piece ? id : piece.parent};
		}
	}
	return std::nullopt;
}

// Returns nothing if another use exists, or if a caller is not in the fix.
std::optional<std::set<Member>> Copies::callers_of(const Member &function) const
{
	const Image &image = *function.unit->image;
	uint64_t address = function.unit->proof->addresses[function.before];
	std::set<Member> callers;
	for (const FunctionUse &use : FunctionUses(image).of({address})) {
		std::optional<Member> caller = member_at(image, use.user);
		if (use.kind != FunctionUse::Kind::call || !caller)
			return std::nullopt;
		if (*caller != function)
			callers.insert(*caller);
	}
	return callers.size() <= few ? std::optional(callers) : std::nullopt;
}

void Copies::find_candidates()
{
	for (const UnitOfFix &unit : units_) {
		for (const Change &change : unit.difference->functions()) {
			if (!may_be_copied(unit, change))
				continue;
			Member function = {&unit, change.before};
			std::optional<std::set<Member>> callers = callers_of(function);
			if (callers)
				callers_[function] = std::move(*callers);
		}
	}
}

bool Copies::is_replaced(const Member &caller) const
{
	const Piece &piece = caller.unit->before->piece(caller.before);
	PieceId after = caller.unit->difference->correlation().after_of(caller.before);
	return after != no_piece && (has_ftrace_site(piece) || callers_.contains(caller) ||
				     caller.unit->difference->is_copied(after));
}

// Candidates may call each other: a candidate that is not copied excludes its own callees.
void Copies::drop_impossible()
{
	auto impossible = [&](const auto &candidate) {
		return !std::ranges::all_of(candidate.second, [&](const Member &caller) {
			return is_replaced(caller);
		});
	};
	while (std::erase_if(callers_, impossible) > 0)
		;
}

std::set<std::string> Copies::make()
{
	find_candidates();
	drop_impossible();
	std::set<std::string> names;
	for (const auto &[function, callers] : callers_) {
		const Piece &piece = function.unit->before->piece(function.before);
		Difference &own = *function.unit->difference;
		own.copy(own.correlation().after_of(function.before));
		names.insert(piece.name);
		for (const Member &caller : callers)
			caller.unit->difference->bring_in(
				caller.before,
				"calls '" + piece.name + "', which ftrace cannot redirect");
	}
	return names;
}

}

std::set<std::string> bring_in_callers(std::span<const UnitOfFix> units)
{
	return Copies(units).make();
}

// "'a', 'b' and 12 more"
static std::string in_words(const std::vector<std::string> &names, size_t enough)
{
	std::string text;
	size_t shown = std::min(names.size(), enough);
	for (size_t i = 0; i < shown; i++) {
		bool last = i > 0 && i + 1 == names.size();
		text += (i == 0 ? "'" : last ? " and '" : ", '") + names[i] + "'";
	}
	if (names.size() > shown)
		text += " and " + std::to_string(names.size() - shown) + " more";
	return text;
}

// Callers that ftrace can redirect come first; if there is none, looks for callers of the callers.
std::string callers_in_words(const Image &image, uint64_t function)
{
	static constexpr size_t enough = 5, levels = 4;
	FunctionUses uses(image);
	std::set<uint64_t> asked = {function}, seen = asked;
	std::vector<std::string> way, takers, holders;
	bool exported = false;
	std::string text;
	for (size_t level = 0; level < levels && !asked.empty(); level++) {
		std::vector<std::string> redirected, others;
		std::set<uint64_t> next;
		for (const FunctionUse &use : uses.of(asked)) {
			exported |= use.kind == FunctionUse::Kind::exported;
			if (use.kind == FunctionUse::Kind::data)
				holders.push_back(use.name);
			if (use.kind == FunctionUse::Kind::pointer)
				takers.push_back(use.name);
			if (use.kind != FunctionUse::Kind::call || !seen.insert(use.user).second)
				continue;
			bool traceable = uses.is_traceable(use.user);
			(traceable ? redirected : others).push_back(use.name);
			if (!traceable)
				next.insert(use.user);
		}
		if (!redirected.empty()) {
			text += "; " + std::string(way.empty() ? "it" : in_words(way, enough)) +
				" is called by " + in_words(redirected, enough);
			if (!others.empty())
				text += ", and by " + in_words(others, enough) +
					", which ftrace cannot redirect either";
			break;
		}
		way = std::move(others);
		asked = std::move(next);
	}
	if (exported)
		text += "; modules may call it, too";
	if (!takers.empty())
		text += "; its address is taken in " + in_words(takers, enough);
	if (!holders.empty())
		text += "; its address is in " + in_words(holders, enough);
	return text;
}

void name_callers(const UnitOfFix &unit, Refusals *refusals)
{
	for (Refusal &refusal : refusals->all()) {
		if (refusal.kind != &refusal::not_traceable)
			continue;
		PieceId id = unit.before->find(refusal.subject);
		uint64_t address = id == no_piece ? 0 : unit.proof->addresses[id];
		if (address != 0)
			refusal.message += callers_in_words(*unit.image, address);
	}
}

}
