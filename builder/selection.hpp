// SPDX-License-Identifier: LGPL-2.1-or-later
// What of a changed unit goes into the patch, and what everything that is left behind is
// called there.
//
// Changed functions go in, with all that is new and that they refer to. What exists
// already stays where it is: a call goes to the running kernel's function, a variable is
// the running kernel's. A call from one replaced function to another goes straight to its
// replacement; a pointer to it stays a pointer to the original, which ftrace redirects, so
// that it is still good when the patch is gone.
//
// What the fix declares goes in, too: the functions that the kernel's livepatch core calls,
// and the states. Nobody else gets these addresses, and the core drops them with the patch.
#pragma once

#include "declarations.hpp"
#include "difference.hpp"
#include "proof.hpp"
#include "refusal.hpp"
#include "symbols.hpp"

#include <set>
#include <span>

namespace klp {

struct ReplacedFunction {
	PieceId piece; // in the object after the change
	std::string name; // as kallsyms has it
	unsigned long sympos;
	std::string why;
};

// What a reference becomes in the patch.
struct Placement {
	enum class Kind {
		carried, // a piece that the patch has
		content, // a string or constant, of which the patch has a copy
		external, // something that the kernel has
		unresolved, // a weak symbol that nobody defines
		number,
	};
	Kind kind;
	PieceId piece = no_piece;
	const Object *object = nullptr; // whose piece it is: this unit's, or another's
	External external;
};

class Selection {
public:
	// before: the object that the proof is about; its pieces are those of the
	// difference's first object. fresh: what any unit of the patch has anew, which is not
	// to be taken for others of the kernel's. complete() is to follow.
	static Selection make(const Object &before, const Object &after,
			      const Difference &difference, const Proof &proof, const Image &image,
			      KernelSymbols &symbols, const std::set<std::string> &fresh = {});

	const Object &object() const { return *after_; }
	const Image &image() const { return *image_; }
	const std::vector<ReplacedFunction> &replaced() const { return replaced_; }
	const Declarations &declarations() const { return declarations_; }
	// It replaces a function of its object, or has a callback for it.
	bool patches() const { return !replaced_.empty() || !declarations_.callbacks.empty(); }
	// In the order in which they go into the patch: each replaced function with its cold
	// part behind it, then new functions, then data.
	const std::vector<PieceId> &carried() const { return carried_; }
	// What the patch has of a carried piece.
	const std::vector<std::byte> &bytes_of(PieceId id) const;
	const std::vector<Refusal> &refusals() const { return refusals_; }
	// Nothing keeps an address in it when it is out of force.
	bool is_removable() const;
	// That nothing does is left to the fix's own callback.
	void leave_to_callbacks();
	bool is_left_to_callbacks() const;

	// In the patch this one stands directly behind that one, whose last function the kernel
	// then takes this one's code for; nullptr if that is of no matter.
	const Selection *behind() const { return behind_; }

	const Placement &placement(const Reference &reference) const;
	bool keeps(const TableEntry &entry) const { return !dropped_.contains(&entry); }

private:
	// An undefined symbol that another unit may have anew.
	struct Missing {
		const Piece *from;
		const Reference *reference;
	};

	Selection() = default;
	friend void complete(std::span<Selection *const> selections);
	void refuse(const RefusalKind &kind, const std::string &subject, std::string message);
	void judge_functions(const Difference &difference);
	void judge_function(const Change &change);
	void take_declarations();

	// untraceable.cpp
	void name_callers();

	// overridden.cpp
	void leave_out_overridden();
	void judge_weak_name(const Piece &from, const Reference &reference);

	void carry(PieceId id);
	void carry_companions(PieceId id); // companions.cpp
	void fill_in(PieceId id);
	void follow(const Piece &piece);
	void follow_entry(const Piece &piece, const TableEntry &entry);
	void judge_list_end(const Piece &from, const Reference &reference);
	std::string module_of_key(const Piece &piece, const Reference &reference);
	void refuse_jump_entry(const Piece &piece, const Target &key, const std::string &module);
	Placement place(const Piece &from, const Reference &reference);
	Placement place_undefined(const Piece &from, const Target &target);
	Placement place_piece(const Piece &from, const Reference &reference);
	// An entry of a table that only linking, booting or loading sets up.
	bool refuse_new_entry(const Piece &from, const Object &object, const Piece &piece);
	Placement place_original(const Piece &from, PieceId before);
	void note_escape(const Piece &from, const Reference &reference);
	void note_left_behind();
	void order();

	// lending.cpp
	PieceId defined_anew(std::string_view name) const;
	PieceId copy_of(std::string_view name) const;
	PieceId lends(std::string_view name, const Selection &user) const;
	bool is_covered(Selection *lender);
	Placement borrow(const Piece &from, Selection *lender, PieceId id);
	void find_missing(std::span<Selection *const> all);
	void judge_new(std::span<Selection *const> all);

	const Object *before_ = nullptr;
	const Object *after_ = nullptr;
	const Difference *difference_ = nullptr;
	const Correlation *correlation_ = nullptr;
	const Proof *proof_ = nullptr;
	const Image *image_ = nullptr;
	KernelSymbols *symbols_ = nullptr;
	std::vector<ReplacedFunction> replaced_;
	std::set<PieceId> replaced_pieces_;
	Declarations declarations_;
	std::vector<PieceId> carried_;
	std::set<PieceId> carried_set_;
	std::map<PieceId, std::vector<std::byte>> filled_; // lists of types
	std::vector<Refusal> refusals_;
	std::map<const Reference *, Placement> placements_;
	std::set<const TableEntry *> dropped_;
	std::set<std::string> said_;
	std::set<std::string> fresh_;
	std::vector<Missing> missing_;
	const Selection *behind_ = nullptr;
};

// What a function of one unit needs of the new ones of another comes into the patch, too: from
// vmlinux' units, or from those of the same module, which may be away when others are there.
void complete(std::span<Selection *const> selections);

// As they are to stand in the patch.
std::vector<const Selection *> in_order(std::span<const Selection *const> selections);

}
