// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <span>
#include <vector>

namespace klp {

// What the builder has to know of one machine instruction: how far it reaches, and
// whether an operand of it is a distance in the code.
struct Instruction {
	// Where it goes on.
	enum class Flow : uint8_t {
		next,
		call, // and comes back, if what is called does
		jump,
		condition, // jumps, or not
		leave, // the function: a return
		trap, // ud2 and its like
	};
	uint64_t offset; // of its first byte
	uint8_t length; // in bytes
	uint8_t operand; // where in it a branch's distance stands; 0: it is no direct branch
	uint8_t operand_size; // 1 or 4 bytes
	int64_t target; // of a direct branch, as an offset in the same bytes
	// Where in it an address may stand that it makes a value of (`lea x(%rip)`, `mov
	// $x`), rather than reads or writes at; 0: nowhere.
	uint8_t address;
	bool compares;
	Flow flow = Flow::next;
};

// The instructions of a stretch of x86-64 code, in order. EBADMSG names the offset of
// bytes that are none.
Result<std::vector<Instruction>> decode_instructions(std::span<const std::byte> code);

}
