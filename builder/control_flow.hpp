// SPDX-License-Identifier: LGPL-2.1-or-later
// The ways that a function's code may go: through its cold part, what alternatives and jump
// labels put in the place of instructions, and where an exception goes on.
#pragma once

#include "instructions.hpp"
#include "object.hpp"

#include <map>
#include <optional>

namespace klp {

class ControlFlow {
public:
	explicit ControlFlow(const Object &object) : object_(object) {}

	// There is a loop in the function that has no exit, but to the end of the
	// thread. Code that is not understood counts as an exit.
	bool has_endless_loop(PieceId function);
	// No way leads to a return.
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
		bool dies = false; // goes where nothing comes back from: panic()
	};
	// All that is reached from the entry.
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
	std::map<PieceId, bool> noreturn_; // false while it is looked into
};

}
