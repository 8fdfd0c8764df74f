// SPDX-License-Identifier: LGPL-2.1-or-later
// The paths that a function's code may take: through its cold part, through the replacements of
// alternatives and jump labels, and through the handlers of exceptions.
#pragma once

#include "instructions.hpp"
#include "object.hpp"

#include <map>
#include <optional>

namespace klp {

class ControlFlow {
public:
	explicit ControlFlow(const Object &object) : object_(object) {}

	// Whether the function has a loop whose only exit is the end of the thread. Code that
	// klp-build does not understand counts as an exit.
	bool has_endless_loop(PieceId function);
	// Whether no path leads to a return.
	bool is_noreturn(PieceId function);

	// The instructions of a piece; none where they cannot be decoded.
	const std::vector<Instruction> &instructions(PieceId piece);

private:
	struct Place {
		PieceId piece;
		uint64_t offset; // in its bytes
		auto operator<=>(const Place &) const = default;
	};
	struct Step {
		std::vector<Place> next;
		bool returns = false;
		bool dies = false; // control does not come back: panic()
	};
	// All places that control reaches from the entry.
	using Steps = std::map<Place, Step>;

	Steps explore(PieceId function);
	Step step(PieceId function, const Place &place);
	void follow_branch(PieceId function, const Place &place, const Instruction &instruction,
			   Step *step);
	void follow_call(const Place &place, const Instruction &instruction, Step *step);
	void follow_tables(const Place &place, const Instruction &instruction, Step *step);
	bool is_inside(PieceId function, PieceId piece) const;
	std::optional<Place> place_of(const Target &target) const;
	const Target *branch_target(const Place &place, const Instruction &instruction) const;

	const Object &object_;
	std::map<PieceId, std::vector<Instruction>> instructions_;
	std::map<PieceId, bool> noreturn_; // false during the search
};

}
