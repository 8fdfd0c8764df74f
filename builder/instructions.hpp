// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <klp/error.hpp>
#include <span>
#include <vector>

namespace klp {

// The properties of a machine instruction that the builder needs: its length, and whether an
// operand of it is a distance in the code.
struct Instruction {
	// Where control goes next.
	enum class Flow : uint8_t {
		next,
		call, // and returns, if the called function does
		jump,
		condition, // jumps, or not
		leave, // the function: a return
		trap, // ud2 and its like
	};
	uint64_t offset; // of its first byte
	uint8_t length; // in bytes
	uint8_t operand; // where a branch's distance stands; 0: no direct branch
	uint8_t operand_size; // 1 or 4 bytes
	int64_t target; // of a direct branch, as an offset in the same bytes
	// Where an address may stand that the instruction takes as a value (`lea x(%rip)`, `mov
	// $x`), rather than reads or writes at; 0: nowhere.
	uint8_t address;
	bool compares;
	Flow flow = Flow::next;
};

// Returns the instructions of a stretch of x86-64 code, in order. Returns EBADMSG with the offset
// of bytes that are no instruction.
Result<std::vector<Instruction>> decode_instructions(std::span<const std::byte> code);

}
