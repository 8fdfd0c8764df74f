// SPDX-License-Identifier: LGPL-2.1-or-later
#include "proof.hpp"
#include "../libklp/try.hpp"
#include "difference.hpp"
#include "type_ids.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstring>
#include <set>

namespace klp {

namespace {

class Prover {
public:
	enum class Placing { by_section, one_by_one };
	Prover(const Object &object, const Image &image, Placing placing)
	    : object_(object), image_(image), placing_(placing)
	{
		proof_.addresses.resize(object.pieces().size());
	}

	Proof prove();

private:
	struct Site {
		const Piece *piece;
		uint64_t address; // of the piece's entry
	};

	// The functions of a section that match several places equally.
	struct Undecided {
		std::vector<PieceId> functions;
		std::set<uint64_t> bases;
		bool same; // the functions match at each of these places
	};

	void place_sections();
	std::vector<std::pair<std::string_view, bool>> names_of(const Piece &piece) const;
	uint64_t stand_in(std::string_view name, uint64_t own) const;
	bool is_overridden(PieceId id) const;
	void find_overridden();
	void decide(const Piece &piece, uint64_t entry);
	void compare_functions();
	void place_section(const std::vector<PieceId> &functions);
	void assume(const std::vector<PieceId> &functions, uint64_t base);
	size_t count_mismatches(const std::vector<PieceId> &functions, uint64_t base);
	void compare(PieceId id);
	void compare_bytes(const Site &site);
	void solve(const Site &site, const Reference &reference);
	void solve_piece(const Site &site, const Reference &reference, uint64_t target);
	bool has_string(uint64_t address, const Target &meant) const;
	void want_comparison(PieceId constant);
	void solve_undefined(const Site &site, const Reference &reference, uint64_t target);
	[[gnu::format(printf, 4, 5)]] void differs(const Site &site, uint64_t offset,
						   const char *format, ...);

	const Object &object_;
	const Image &image_;
	const Placing placing_;
	Proof proof_;
	std::vector<PieceId> constants_; // found, and still to be compared
	std::set<PieceId> compared_;
	std::map<uint32_t, Undecided> undecided_; // by section
	bool trying_ = false; // references are not followed
};

void Prover::differs(const Site &site, uint64_t offset, const char *format, ...)
{
	char text[400];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	std::string name = site.piece->name.empty() ? std::string(object_.section_name(*site.piece))
						    : site.piece->name;
	PieceId id = static_cast<PieceId>(site.piece - object_.pieces().data());
	proof_.mismatches.push_back({std::move(name), offset - site.piece->entry, text, id});
}

void Prover::assume(const std::vector<PieceId> &functions, uint64_t base)
{
	for (PieceId id : functions) {
		const Piece &piece = object_.piece(id);
		proof_.addresses[id] = base + piece.start + piece.entry;
	}
}

size_t Prover::count_mismatches(const std::vector<PieceId> &functions, uint64_t base)
{
	Proof kept = proof_;
	assume(functions, base);
	trying_ = true;
	for (PieceId id : functions)
		compare(id);
	trying_ = false;
	size_t count = proof_.mismatches.size() - kept.mismatches.size();
	proof_ = std::move(kept);
	return count;
}

// The names of a piece that may tell its place, and whether each is weak. A weak name may be
// another unit's, while this unit's definition still has another name.
std::vector<std::pair<std::string_view, bool>> Prover::names_of(const Piece &piece) const
{
	if (!piece.weak)
		return {{piece.name, false}};
	std::vector<std::pair<std::string_view, bool>> names;
	for (const ElfSymbol &symbol : object_.elf().symbols()) {
		bool known = symbol.name == piece.name ||
			     std::ranges::find(piece.aliases, symbol.name) != piece.aliases.end();
		if (known && symbol.section == piece.section)
			names.emplace_back(symbol.name, symbol.binding == STB_WEAK);
	}
	return names;
}

// The address of the definition that the linker took for a weak one; 0: the linker took this unit's
// definition, as far as is known.
uint64_t Prover::stand_in(std::string_view name, uint64_t own) const
{
	uint64_t other = 0;
	for (const Image::Symbol &symbol : image_.find(name)) {
		if (symbol.global && symbol.address == own)
			return 0;
		if (symbol.global && (!symbol.weak || own != 0))
			other = symbol.address;
	}
	return other;
}

bool Prover::is_overridden(PieceId id) const
{
	const Piece &piece = object_.piece(id);
	return piece.weak && std::ranges::all_of(names_of(piece), [&](const auto &name) {
		       return name.second && stand_in(name.first, proof_.addresses[id]) != 0;
	       });
}

// Runs when all pieces have a place. From here on an overridden piece has the place of the
// definition that runs.
void Prover::find_overridden()
{
	for (PieceId id = 0; id < object_.pieces().size(); id++) {
		const Piece &piece = object_.piece(id);
		uint64_t own = proof_.addresses[id];
		if (is_overridden(id)) {
			proof_.overridden.insert(id);
			proof_.addresses[id] = stand_in(piece.name, own);
		} else if (std::ranges::any_of(names_of(piece), [&](const auto &name) {
				   return name.second && stand_in(name.first, own) != 0;
			   })) {
			proof_.half_overridden.insert(id);
		}
	}
}

// Each function's name gives a possible begin of the section; the begin with the most functions is
// right. If several have the most, the bytes decide.
void Prover::place_section(const std::vector<PieceId> &functions)
{
	std::map<uint64_t, size_t> votes;
	for (PieceId id : functions) {
		const Piece &piece = object_.piece(id);
		for (const auto &[name, weak] : names_of(piece)) {
			for (const Image::Symbol &symbol : image_.find(name)) {
				if (symbol.function && !(weak && symbol.global && !symbol.weak))
					votes[symbol.address - piece.start - piece.entry]++;
			}
		}
	}
	size_t most = 0;
	for (const auto &[base, count] : votes)
		most = std::max(most, count);
	std::vector<std::pair<size_t, uint64_t>> best; // mismatches, base
	for (const auto &[base, count] : votes) {
		if (count == most)
			best.emplace_back(0, base);
	}
	if (best.size() > 1) {
		for (auto &[mismatches, base] : best)
			mismatches = count_mismatches(functions, base);
		std::ranges::sort(best);
	}
	Site site = {&object_.piece(functions.front()), 0};
	if (best.empty()) {
		if (std::ranges::all_of(functions, [&](PieceId id) { return is_overridden(id); }))
			return;
		differs(site, site.piece->entry, "the image has no function of this name");
	} else if (best.size() > 1 && best[0].first == best[1].first &&
		   placing_ == Placing::by_section) {
		Undecided &undecided = undecided_[site.piece->section];
		undecided.functions = functions;
		undecided.same = best[0].first == 0;
		for (const auto &[mismatches, base] : best) {
			if (mismatches == best[0].first)
				undecided.bases.insert(base);
		}
	} else {
		assume(functions, best[0].second);
	}
}

// Several units have the same code under the same name, as inline functions of a header leave it. A
// reference from a function with a known place tells which copy is the unit's.
void Prover::decide(const Piece &piece, uint64_t entry)
{
	auto undecided = undecided_.find(piece.section);
	uint64_t base = entry - piece.start - piece.entry;
	if (undecided == undecided_.end() || !undecided->second.bases.contains(base))
		return;
	assume(undecided->second.functions, base);
	undecided_.erase(undecided);
}

void Prover::place_sections()
{
	std::map<uint32_t, std::vector<PieceId>> sections;
	for (PieceId id = 0; id < object_.pieces().size(); id++) {
		const Piece &piece = object_.piece(id);
		if (piece.kind == Piece::Kind::function || piece.kind == Piece::Kind::cold)
			sections[piece.section].push_back(id);
	}
	for (const auto &[section, functions] : sections) {
		if (placing_ == Placing::by_section) {
			place_section(functions);
			continue;
		}
		for (PieceId id : functions)
			place_section({id});
	}
}

void Prover::compare_bytes(const Site &site)
{
	const Piece &piece = *site.piece;
	uint64_t at = piece.entry;
	std::span<const std::byte> bytes = piece.bytes;
	Result<std::vector<std::byte>> filled;
	if (is_type_list(object_, piece)) {
		filled = image_.type_ids()->fill_in(object_, piece);
		// A list with members that the kernel's BTF lacks is not compared: the image may
		// have 0 there.
		if (!filled)
			return;
		bytes = *filled;
	}
	auto compare_to = [&](uint64_t end) {
		std::span<const std::byte> shipped =
			image_.bytes(site.address + at - piece.entry, end - at);
		if (end > at && shipped.empty()) {
			differs(site, at, "the image ends before it does");
			return false;
		}
		auto ours = bytes.subspan(at, end - at);
		auto [mine, theirs] = std::ranges::mismatch(ours, shipped);
		if (mine == ours.end())
			return true;
		differs(site, at + (mine - ours.begin()), "%02x was compiled, the image has %02x",
			static_cast<unsigned>(*mine), static_cast<unsigned>(*theirs));
		return false;
	};
	for (const Reference &reference : piece.references) {
		if (reference.offset < at)
			continue;
		if (!compare_to(reference.offset))
			return;
		at = reference.offset + relocation_width(reference.type);
	}
	compare_to(piece.size);
}

void Prover::compare(PieceId id)
{
	Site site = {&object_.piece(id), proof_.addresses[id]};
	size_t before = proof_.mismatches.size();
	if (site.piece->zero) {
		if (!image_.is_zero(site.address, site.piece->size))
			differs(site, 0, "the image has other content");
		return;
	}
	compare_bytes(site);
	// A piece with other bytes has its references at other places.
	if (proof_.mismatches.size() != before)
		return;
	for (const Reference &reference : site.piece->references)
		solve(site, reference);
}

void Prover::solve(const Site &site, const Reference &reference)
{
	size_t width = relocation_width(reference.type);
	uint64_t place = site.address + reference.offset - site.piece->entry;
	std::span<const std::byte> stored = image_.bytes(place, width);
	uint64_t target = 0;
	if (width == 8) {
		read_at(stored, 0, &target);
	} else {
		int32_t value = 0;
		read_at(stored, 0, &value);
		target = reference.type == R_X86_64_32 ? static_cast<uint32_t>(value)
						       : static_cast<int64_t>(value);
	}
	if (is_pc_relative(reference.type))
		target += place;
	target -= reference.bias;
	proof_.references++;

	const Target &meant = reference.target;
	switch (meant.kind) {
	case Target::Kind::piece:
		return solve_piece(site, reference, target - meant.offset);
	case Target::Kind::undefined:
		return solve_undefined(site, reference, target - meant.offset);
	case Target::Kind::string:
		if (!has_string(target - meant.offset, meant))
			differs(site, reference.offset, "the string %s is another one in the image",
				name_of(object_, meant).c_str());
		return;
	case Target::Kind::literal: {
		std::span<const std::byte> shipped =
			image_.bytes(target - meant.offset, meant.text.size());
		if (shipped.empty() ||
		    memcmp(shipped.data(), meant.text.data(), shipped.size()) != 0)
			differs(site, reference.offset,
				"a constant of %zu bytes is another one in the image",
				meant.text.size());
		return;
	}
	case Target::Kind::absolute:
		if (target != static_cast<uint64_t>(meant.offset))
			differs(site, reference.offset,
				"the number %#llx is another one in the image",
				static_cast<unsigned long long>(meant.offset));
		return;
	}
}

// Compares the text and the terminating character.
bool Prover::has_string(uint64_t address, const Target &meant) const
{
	size_t length = meant.text.size();
	std::span<const std::byte> shipped = image_.bytes(address, length + meant.width);
	return !shipped.empty() && memcmp(shipped.data(), meant.text.data(), length) == 0 &&
	       std::ranges::all_of(shipped.subspan(length),
				   [](std::byte byte) { return byte == std::byte{0}; });
}

// Without the kernel's BTF, only the place of a list of types is known.
void Prover::want_comparison(PieceId constant)
{
	if (!is_type_list(object_, object_.piece(constant)) || image_.type_ids())
		constants_.push_back(constant);
}

// target: the address in the image of the piece that the object calls reference.target.piece.
void Prover::solve_piece(const Site &site, const Reference &reference, uint64_t target)
{
	PieceId id = reference.target.piece;
	const Piece &piece = object_.piece(id);
	uint64_t &known = proof_.addresses[id];
	if (trying_ && known == 0)
		return;
	std::vector<Image::Symbol> named = image_.find(piece.name);
	bool found = std::ranges::any_of(
		named, [&](const auto &symbol) { return symbol.address == target; });
	if (placing_ == Placing::one_by_one && !piece.name.empty()) {
		std::vector<Image::Symbol> there = image_.at(target);
		if (std::ranges::any_of(there, [&](const auto &symbol) {
			    return base_name(symbol.name) == base_name(piece.name);
		    })) {
			if (known == 0 && piece.kind == Piece::Kind::constant) {
				known = target;
				want_comparison(id);
			}
			return;
		}
	}
	// The linker took another unit's definition.
	if (piece.weak && found && known != target)
		return;
	bool placed_by_name =
		piece.kind == Piece::Kind::function || piece.kind == Piece::Kind::cold;
	if (known == 0 && placed_by_name)
		decide(piece, target);
	if (known == 0 && !placed_by_name) {
		// The image has this name, but not here.
		if (!piece.name.empty() && !named.empty() && !found) {
			differs(site, reference.offset, "'%s' is elsewhere in the image",
				piece.name.c_str());
			return;
		}
		known = target;
		if (piece.kind != Piece::Kind::variable)
			want_comparison(id);
	}
	if (known == 0)
		differs(site, reference.offset, "refers to '%s', which is not in the image",
			piece.name.c_str());
	else if (known != target)
		differs(site, reference.offset, "refers to '%s', and the image to something else",
			piece.name.c_str());
}

void Prover::solve_undefined(const Site &site, const Reference &reference, uint64_t target)
{
	std::string_view name = reference.target.name;
	if (image_.external_at(target) == name)
		return;
	bool found = std::ranges::any_of(
		image_.find(name), [&](const auto &symbol) { return symbol.address == target; });
	if (!found && !(reference.target.weak && target == 0)) {
		differs(site, reference.offset, "refers to '%.*s', and the image to something else",
			static_cast<int>(name.size()), name.data());
		return;
	}
	proof_.undefined[name] = target;
}

// Compares the functions that have a place; one function may give another its place.
void Prover::compare_functions()
{
	for (bool more = true; more;) {
		more = false;
		for (PieceId id = 0; id < object_.pieces().size(); id++) {
			const Piece &piece = object_.piece(id);
			bool function = piece.kind == Piece::Kind::function ||
					piece.kind == Piece::Kind::cold;
			if (!function || proof_.addresses[id] == 0 || !compared_.insert(id).second)
				continue;
			compare(id);
			proof_.functions++;
			more = true;
		}
	}
}

Proof Prover::prove()
{
	place_sections();
	compare_functions();
	while (!constants_.empty()) {
		PieceId id = constants_.back();
		constants_.pop_back();
		compare(id);
		proof_.constants++;
		compare_functions();
	}
	// Nothing refers to these functions, so it does not matter which copies are the unit's. The
	// functions keep no address, and klp-build can use none that a fix changes or uses.
	for (const auto &[section, undecided] : undecided_) {
		if (undecided.same) {
			proof_.functions += undecided.functions.size();
			continue;
		}
		Site site = {&object_.piece(undecided.functions.front()), 0};
		differs(site, site.piece->entry, "the image has %zu places that fit equally",
			undecided.bases.size());
	}
	find_overridden();
	return std::move(proof_);
}

}

std::string Proof::likely_reason() const
{
	if (mismatches.empty())
		return "";
	std::set<std::string_view> names;
	for (const Mismatch &mismatch : mismatches)
		names.insert(mismatch.function);
	if (functions == 0)
		return "this kernel's image has none of the unit's code: it is configured away, or part of another object";
	if (names.size() * 4 > functions)
		return "most functions differ: another compiler, other options or another version of the source";
	return "few functions differ: the source of just these, or an option that concerns them";
}

Proof Proof::translated(const Object &proved, const Object &other) const
{
	Proof same = *this;
	same.addresses.assign(other.pieces().size(), 0);
	same.overridden.clear();
	same.half_overridden.clear();
	for (PieceId id = 0; id < other.pieces().size(); id++) {
		PieceId twin =
			other.piece(id).name.empty() ? no_piece : proved.find(other.piece(id).name);
		if (twin == no_piece)
			continue;
		same.addresses[id] = addresses[twin];
		if (overridden.contains(twin))
			same.overridden.insert(id);
		if (half_overridden.contains(twin))
			same.half_overridden.insert(id);
	}
	return same;
}

Proof prove(const Object &object, const Image &image)
{
	return Prover(object, image, Prover::Placing::by_section).prove();
}

Proof prove_function_by_function(const Object &object, const Image &image)
{
	return Prover(object, image, Prover::Placing::one_by_one).prove();
}

}
