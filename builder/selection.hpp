// SPDX-License-Identifier: LGPL-2.1-or-later
// The pieces of a changed unit that the patch includes, and how they refer to everything else.
//
// The patch includes changed functions, with all new pieces that they refer to. An existing piece
// stays in place: a call goes to the running kernel's function, a variable is the running kernel's.
// A call from one replaced function to another goes straight to the replacement. A pointer to a
// replaced function stays a pointer to the original, which ftrace redirects, so that the pointer is
// still valid after the patch is removed.
//
// The patch includes the fix's declarations, too: the functions that the kernel's livepatch core
// calls, and the states. Only the core gets these addresses, and it drops them with the patch.
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

// The place of a reference's target.
struct Placement {
	enum class Kind {
		included, // a piece that the patch has
		content, // a string or constant, of which the patch has a copy
		external, // something that the kernel has
		unresolved, // a weak symbol without a definition
		number,
	};
	Kind kind;
	PieceId piece = no_piece;
	const Object *object = nullptr; // whose piece it is: this unit's, or another's
	External external;
};

class Selection {
public:
	// before: the object that the proof is about; its pieces are those of the difference's
	// first object. added_elsewhere: names that any unit of the patch adds. complete() must be
	// called afterwards: it resolves these names across units.
	static Selection make(const Object &before, const Object &after,
			      const Difference &difference, const Proof &proof, const Image &image,
			      KernelSymbols &symbols,
			      const std::set<std::string> &added_elsewhere = {});

	const Object &object() const { return *after_; }
	const Image &image() const { return *image_; }
	const std::vector<ReplacedFunction> &replaced() const { return replaced_; }
	const Declarations &declarations() const { return declarations_; }
	// Whether it replaces a function of its object, or has a callback for the object.
	bool patches() const { return !replaced_.empty() || !declarations_.callbacks.empty(); }
	// The included pieces in the order of the patch: each replaced function with its cold part
	// behind it, then new functions, then data.
	const std::vector<PieceId> &included() const { return included_; }
	// The bytes of an included piece, as the patch has them.
	const std::vector<std::byte> &bytes_of(PieceId id) const;
	const std::vector<Refusal> &refusals() const { return refusals_; }
	// Whether nothing keeps an address in the patch when the patch is disabled.
	bool is_removable() const;
	// Leaves such addresses to the fix's own callback.
	void leave_to_callbacks();
	bool is_left_to_callbacks() const;

	// The selection placed directly before this one in the module: the kernel attributes this
	// one's code to its last function. nullptr if none.
	const Selection *behind() const { return behind_; }

	const Placement &placement(const Reference &reference) const;
	bool keeps(const TableEntry &entry) const { return !dropped_.contains(&entry); }

private:
	// An undefined symbol that another unit may add.
	struct Unresolved {
		const Piece *from;
		const Reference *reference;
	};

	Selection() = default;
	friend void complete(std::span<Selection *const> selections);
	void refuse(const RefusalKind &kind, const std::string &subject, std::string message);
	void check_functions(const Difference &difference);
	void check_function(const Change &change);
	void take_declarations();

	// untraceable.cpp
	void name_callers();

	// overridden.cpp
	void leave_out_overridden();
	void check_weak_name(const Piece &from, const Reference &reference);

	void include(PieceId id);
	void include_companions(PieceId id); // companions.cpp
	void fill_in(PieceId id);
	void follow(const Piece &piece);
	void follow_entry(const Piece &piece, const TableEntry &entry);
	void check_list_end(const Piece &from, const Reference &reference);
	std::string module_of_key(const Piece &piece, const Reference &reference);
	void refuse_jump_entry(const Piece &piece, const Target &key, const std::string &module);
	Placement place(const Piece &from, const Reference &reference);
	Placement place_undefined(const Piece &from, const Target &target);
	Placement place_piece(const Piece &from, const Reference &reference);
	// Refuses a new entry of a table that only linking, booting or loading sets up.
	bool refuse_new_entry(const Piece &from, const Object &object, const Piece &piece);
	Placement place_original(const Piece &from, PieceId before);
	void note_escape(const Piece &from, const Reference &reference);
	void note_left_behind();
	void order();

	// across_units.cpp
	PieceId added_global(std::string_view name) const;
	PieceId copy_of(std::string_view name) const;
	PieceId provides(std::string_view name, const Selection &user) const;
	bool is_covered(Selection *provider);
	Placement take_from(const Piece &from, Selection *provider, PieceId id);
	void resolve_across_units(std::span<Selection *const> all);
	void check_new(std::span<Selection *const> all);

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
	std::vector<PieceId> included_;
	std::set<PieceId> included_set_;
	std::map<PieceId, std::vector<std::byte>> filled_; // lists of types
	std::vector<Refusal> refusals_;
	std::map<const Reference *, Placement> placements_;
	std::set<const TableEntry *> dropped_;
	std::set<std::string> said_;
	std::set<std::string> added_elsewhere_;
	std::vector<Unresolved> unresolved_;
	const Selection *behind_ = nullptr;
};

// Resolves references across units: the patch includes a function that one unit needs and another
// adds, if the other unit is of vmlinux, of the same module or of a module that this one needs.
void complete(std::span<Selection *const> selections);

// The selections in the order of the patch.
std::vector<const Selection *> in_order(std::span<const Selection *const> selections);

}
