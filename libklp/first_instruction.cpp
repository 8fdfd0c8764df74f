// SPDX-License-Identifier: LGPL-2.1-or-later
#include "first_instruction.hpp"

#include <cstring>

namespace klp {

// The bytes to compare. arch/x86/kernel/alternative.c of 6.1 to 7.3 writes the other two over an
// ENDBR that nothing jumps to.
static constexpr struct {
	size_t compared;
	unsigned char bytes[4];
} endbrs[] = {
	{4, {0xf3, 0x0f, 0x1e, 0xfa}}, // endbr64
	{4, {0x66, 0x0f, 0x1f, 0x00}}, // nopw (%rax)
	{3, {0x0f, 0x1f, 0x40}}, // nopl n(%rax)
};
static constexpr unsigned char nop5[] = {0x0f, 0x1f, 0x44, 0x00, 0x00};
static constexpr unsigned char call = 0xe8;

size_t first_instruction(std::span<const unsigned char> code)
{
	size_t at = 0;
	for (const auto &endbr : endbrs) {
		if (at == 0 && memcmp(code.data(), endbr.bytes, endbr.compared) == 0)
			at = 4;
	}
	if (code[at] == call || memcmp(code.data() + at, nop5, sizeof(nop5)) == 0)
		return at + sizeof(nop5);
	return at;
}

}
