// SPDX-License-Identifier: LGPL-2.1-or-later
#include "correlation.hpp"
#include "patchability.hpp"
#include "type_ids.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

namespace klp {

bool is_special_static(std::string_view name)
{
	static constexpr std::array names = {
		"CSWTCH",	    "__FUNCTION__", "__PRETTY_FUNCTION__",
		"__already_done",   "__func__",	    "__key",
		"__print_once",	    "___tp_str",    "__warned",
		"_entry",	    "_entry_ptr",   "_rs",
		"descriptor",	    "__flags",	    "__section_warned",
		"__already_warned", "__msg",	    "trace_printk_fmt",
	};
	static constexpr std::array prefixes = {"__UNIQUE_ID_", "__addressable_",
						"__initcall__kmod_", ".LC"};
	std::string base = base_name(name);
	return std::ranges::find(names, base) != names.end() ||
	       std::ranges::any_of(prefixes,
				   [&](const char *prefix) { return base.starts_with(prefix); });
}

static bool is_numbered(const Piece &piece)
{
	return base_name(piece.name) != piece.name;
}

static std::vector<std::vector<PieceId>> find_users(const Object &object)
{
	std::vector<std::vector<PieceId>> users(object.pieces().size());
	for (PieceId id = 0; id < object.pieces().size(); id++) {
		const Piece &piece = object.piece(id);
		PieceId user = piece.parent == no_piece ? id : piece.parent;
		auto note = [&](const Reference &reference) {
			if (reference.target.kind == Target::Kind::piece)
				users[reference.target.piece].push_back(user);
		};
		std::ranges::for_each(piece.references, note);
		for (const TableEntry &entry : piece.tables)
			std::ranges::for_each(entry.references, note);
	}
	return users;
}

Correlation::Correlation(const Object &before, const Object &after)
    : before_(before),
      after_(after),
      after_of_(before.pieces().size(), no_piece),
      before_of_(after.pieces().size(), no_piece),
      users_before_(find_users(before)),
      users_after_(find_users(after))
{
	pair_type_ids();
	pair_names();
	pair_numbered();
	pair_cold_parts();
	part_tables();
}

const std::vector<PieceId> &Correlation::users_of(const Object &object, PieceId id) const
{
	return &object == &before_ ? users_before_[id] : users_after_[id];
}

void Correlation::pair(PieceId before, PieceId after)
{
	after_of_[before] = after;
	before_of_[after] = before;
}

// Lists of one meaning have equal content, in any pairing. But other units know a global list by
// its name, and a list that keeps its name is best paired by the name.
void Correlation::pair_type_ids()
{
	std::multimap<std::string, PieceId> after;
	for (PieceId id = 0; id < after_.pieces().size(); id++) {
		const Piece &list = after_.piece(id);
		if (!is_type_list(after_, list))
			continue;
		std::string meaning = meaning_of(after_, list);
		PieceId before = before_.find(list.name);
		if (before != no_piece && is_type_list(before_, before_.piece(before)) &&
		    meaning_of(before_, before_.piece(before)) == meaning)
			pair(before, id);
		else if (!list.global)
			after.emplace(std::move(meaning), id);
	}
	for (PieceId id = 0; id < before_.pieces().size(); id++) {
		const Piece &list = before_.piece(id);
		if (!is_type_list(before_, list) || list.global || after_of_[id] != no_piece)
			continue;
		auto same = after.find(meaning_of(before_, list));
		if (same == after.end())
			continue;
		pair(id, same->second);
		after.erase(same);
	}
}

void Correlation::pair_names()
{
	for (PieceId id = 0; id < before_.pieces().size(); id++) {
		const Piece &piece = before_.piece(id);
		if (piece.name.empty() || is_numbered(piece) || is_special_static(piece.name) ||
		    is_type_list(before_, piece))
			continue;
		PieceId other = after_.find(piece.name);
		if (other != no_piece && after_.piece(other).is_code() == piece.is_code() &&
		    before_of_[other] == no_piece)
			pair(id, other);
	}
}

// The users of a piece, by names that do not depend on numbers.
std::string Correlation::users(const Object &object, PieceId id) const
{
	std::vector<std::string> names;
	for (PieceId user : users_of(object, id))
		names.push_back(base_name(object.piece(user).name));
	std::ranges::sort(names);
	names.erase(std::unique(names.begin(), names.end()), names.end());
	std::string joined;
	for (const std::string &name : names)
		joined += name + ' ';
	return joined;
}

static std::string bytes_of(const Piece &piece)
{
	const char *start = reinterpret_cast<const char *>(piece.bytes.data());
	return piece.zero ? "" : std::string(start + piece.entry, piece.size - piece.entry);
}

// The places in its users that refer to a piece. Users with equal bytes are unchanged, or differ
// only in references: there the place tells which variable is meant.
std::string Correlation::uses(const Object &object, PieceId id) const
{
	std::set<std::string> places;
	for (PieceId user : users_of(object, id)) {
		for (PieceId part : {user, object.piece(user).cold}) {
			if (part == no_piece)
				continue;
			const Piece &piece = object.piece(part);
			for (const Reference &reference : piece.references) {
				if (reference.target.is(id))
					places.insert(
						base_name(piece.name) + ' ' + bytes_of(piece) +
						'+' +
						std::to_string(reference.offset - piece.entry));
			}
		}
	}
	std::string joined;
	for (const std::string &place : places)
		joined += place + '\n';
	return joined;
}

static std::string describe(const Object &object, const Target &target)
{
	std::string text = std::to_string(static_cast<int>(target.kind)) + ' ' +
			   std::to_string(target.offset) + ' ';
	if (target.kind == Target::Kind::piece)
		return text + base_name(object.piece(target.piece).name);
	return text + std::to_string(target.width) + ' ' + std::string(target.name) +
	       std::string(target.text);
}

std::string Correlation::fingerprint(const Object &object, PieceId id) const
{
	const Piece &piece = object.piece(id);
	std::string print(reinterpret_cast<const char *>(piece.bytes.data()), piece.bytes.size());
	print += std::to_string(piece.size);
	for (const Reference &reference : piece.references)
		print += '\n' + std::to_string(reference.offset) +
			 describe(object, reference.target);
	return print;
}

// Pairs pieces whose key occurs once on either side.
template <class Key> void Correlation::pair_unique(Group *group, Key key)
{
	std::map<std::string, Group> by_key;
	for (PieceId id : group->before)
		by_key[key(before_, id)].before.push_back(id);
	for (PieceId id : group->after)
		by_key[key(after_, id)].after.push_back(id);
	for (const auto &[text, same] : by_key) {
		if (same.before.size() == 1 && same.after.size() == 1)
			pair(same.before[0], same.after[0]);
	}
	std::erase_if(group->before, [&](PieceId id) { return after_of_[id] != no_piece; });
	std::erase_if(group->after, [&](PieceId id) { return before_of_[id] != no_piece; });
}

void Correlation::pair_group(Group *group, bool code)
{
	auto prints = [&](const Object &object, PieceId id) { return fingerprint(object, id); };
	auto named_users = [&](const Object &object, PieceId id) { return users(object, id); };
	if (code) {
		pair_unique(group, prints);
	} else {
		// A variable belongs to its function, whatever the initial value.
		pair_unique(group, named_users);
		pair_unique(group,
			    [&](const Object &object, PieceId id) { return uses(object, id); });
		pair_unique(group, [&](const Object &object, PieceId id) {
			return users(object, id) + '\n' + prints(object, id);
		});
	}
	if (group->before.size() == 1 && group->after.size() == 1 &&
	    (code || users(before_, group->before[0]) == users(after_, group->after[0])))
		pair(group->before[0], group->after[0]);
	else if (!code && !group->before.empty())
		for (PieceId id : group->after) {
			auto same = [&](PieceId before) { return same_content(before, id); };
			if (after_.piece(id).kind == Piece::Kind::variable)
				ambiguous_.push_back(id);
			else if (std::ranges::none_of(group->before, same))
				renewed_.push_back({group->before, id});
		}
}

void Correlation::pair_numbered()
{
	std::map<std::pair<bool, std::string>, Group> groups;
	auto collect = [&](const Object &object, std::vector<PieceId> Group::*side) {
		for (PieceId id = 0; id < object.pieces().size(); id++) {
			const Piece &piece = object.piece(id);
			if (is_numbered(piece) && !is_special_static(piece.name) &&
			    piece.kind != Piece::Kind::cold)
				(groups[{piece.is_code(), base_name(piece.name)}].*side)
					.push_back(id);
		}
	};
	collect(before_, &Group::before);
	collect(after_, &Group::after);
	for (auto &[key, group] : groups)
		pair_group(&group, key.first);
}

void Correlation::pair_cold_parts()
{
	for (PieceId id = 0; id < before_.pieces().size(); id++) {
		PieceId cold = before_.piece(id).cold, other = after_of_[id];
		if (cold != no_piece && other != no_piece && after_.piece(other).cold != no_piece)
			pair(cold, after_.piece(other).cold);
	}
}

// Only functions of the unit that have not run yet can know the address of the table: other units
// do not know its name, no data holds its address, and no code compares with the address. The table
// holds no address of a function either, which code might call through the table.
bool Correlation::is_own_table(const Object &object, PieceId id) const
{
	const Piece &piece = object.piece(id);
	const std::vector<PieceId> &users = users_of(object, id);
	auto is_plain = [&](const Reference &reference) {
		const Target &target = reference.target;
		return target.kind == Target::Kind::piece
			       ? object.piece(target.piece).kind == Piece::Kind::constant
			       : target.kind != Target::Kind::undefined;
	};
	auto compares = [&](const Reference &reference) {
		return reference.compared && reference.target.is(id) &&
		       reference.target.offset != static_cast<int64_t>(piece.size);
	};
	auto has_comparison = [&](PieceId part) {
		return part != no_piece &&
		       std::ranges::any_of(object.piece(part).references, compares);
	};
	auto looks_up = [&](PieceId user) {
		const Piece &code = object.piece(user);
		return code.kind == Piece::Kind::function &&
		       !is_registration(object.section_name(code)) && !has_comparison(user) &&
		       !has_comparison(code.cold);
	};
	// In a section with other pieces, the end of one may be the begin of another.
	auto is_beside = [&](const Piece &other) { return other.section == piece.section; };
	return piece.kind == Piece::Kind::constant && !piece.global &&
	       object.section_name(piece).starts_with(".rodata") && !users.empty() &&
	       std::ranges::all_of(piece.references, is_plain) &&
	       std::ranges::all_of(users, looks_up) &&
	       std::ranges::count_if(object.pieces(), is_beside) == 1;
}

void Correlation::part_tables()
{
	for (PieceId id = 0; id < before_.pieces().size(); id++) {
		const Piece &piece = before_.piece(id);
		PieceId other = after_of_[id];
		if (other != no_piece && !same_content(id, other) && is_own_table(before_, id) &&
		    is_own_table(after_, other)) {
			after_of_[id] = before_of_[other] = no_piece;
			renewed_.push_back({{id}, other});
		} else if (other == no_piece && is_type_list(before_, piece)) {
			other = after_.find(piece.name);
			if (other != no_piece && before_of_[other] == no_piece &&
			    is_type_list(after_, after_.piece(other)))
				renewed_.push_back({{id}, other});
		}
	}
}

bool Correlation::same_content(PieceId before, PieceId after) const
{
	const Piece &old = before_.piece(before), &fresh = after_.piece(after);
	if (old.kind != fresh.kind || old.size - old.entry != fresh.size - fresh.entry ||
	    old.zero != fresh.zero || old.references.size() != fresh.references.size())
		return false;
	if (!old.zero && !std::equal(old.bytes.begin() + old.entry, old.bytes.end(),
				     fresh.bytes.begin() + fresh.entry))
		return false;
	for (size_t i = 0; i < old.references.size(); i++) {
		const Reference &a = old.references[i], &b = fresh.references[i];
		if (a.offset - old.entry != b.offset - fresh.entry || a.type != b.type ||
		    !same(a.target, b.target))
			return false;
	}
	return true;
}

bool Correlation::same(const Target &before, const Target &after) const
{
	if (before.kind != after.kind || before.offset != after.offset)
		return false;
	if (before.kind != Target::Kind::piece)
		return before.name == after.name && before.text == after.text &&
		       before.width == after.width;
	if (after_of_[before.piece] != no_piece || before_of_[after.piece] != no_piece)
		return after_of_[before.piece] == after.piece;
	// Neither has a counterpart: pieces without identity are the same if their content is the
	// same.
	const Piece &old = before_.piece(before.piece), &fresh = after_.piece(after.piece);
	if (is_type_list(before_, old) || is_type_list(after_, fresh))
		return false;
	bool replaceable = is_special_static(old.name) || old.name.empty() ||
			   old.kind == Piece::Kind::constant;
	if (!replaceable || base_name(old.name) != base_name(fresh.name))
		return false;
	auto [place, added] = comparing_.emplace(before.piece, after.piece);
	if (!added)
		return true;
	bool same = same_content(before.piece, after.piece);
	comparing_.erase(place);
	return same;
}

}
