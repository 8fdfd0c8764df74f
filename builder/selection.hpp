// SPDX-License-Identifier: LGPL-2.1-or-later
// The pieces of a changed unit that the patch includes, and how they refer to everything else.
//
// The patch includes changed functions, with all new pieces that they refer to, and the fix's
// declarations: the functions that the kernel's livepatch core calls, and the states. Only the core
// gets these addresses, and it drops them with the patch.
#pragma once

#include "declarations.hpp"
#include "placement.hpp"

#include <map>
#include <optional>

namespace klp {

struct ReplacedFunction {
	PieceId piece; // in the object after the change
	std::string name; // as kallsyms has it
	unsigned long sympos;
	std::string why;
};

class Selection {
public:
	const Object &object() const { return *object_; }
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
	const Placement &placement(const Reference &reference) const;
	bool keeps(const TableEntry &entry) const { return !dropped_.contains(&entry); }
	// The index of the selection placed directly before this one in the module: the kernel
	// attributes this one's code to its last function.
	const std::optional<size_t> &behind() const { return behind_; }

	const std::vector<Refusal> &refusals() const { return refusals_; }
	// Whether nothing keeps an address in the patch when the patch is disabled.
	bool is_removable() const;
	// Leaves such addresses to the fix's own callback.
	void leave_to_callbacks();
	bool is_left_to_callbacks() const;

private:
	friend class UnitSelector;
	Selection() = default;

	const Object *object_ = nullptr;
	const Image *image_ = nullptr;
	std::vector<ReplacedFunction> replaced_;
	Declarations declarations_;
	std::vector<PieceId> included_;
	std::map<PieceId, std::vector<std::byte>> filled_; // lists of types
	std::map<const Reference *, Placement> placements_;
	std::set<const TableEntry *> dropped_;
	std::optional<size_t> behind_;
	std::vector<Refusal> refusals_;
};

// Makes the selection of each unit of a patch. copied: names of functions of the kernel that the
// patch copies (bring_in_callers()). A selection refers to its unit's objects and image.
std::vector<Selection> select(std::span<const UnitOfFix> units, const std::set<std::string> &copied,
			      KernelSymbols &symbols);

// The selections of one patch in the order of the module.
std::vector<const Selection *> in_order(std::span<const Selection> selections);

}
