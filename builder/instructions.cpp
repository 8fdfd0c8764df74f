// SPDX-License-Identifier: LGPL-2.1-or-later
#include "instructions.hpp"
#include "../libklp/fail.hpp"

#include <Zydis/Zydis.h>
#include <cerrno>

namespace klp {

static Instruction::Flow flow_of(const ZydisDecodedInstruction &decoded)
{
	switch (decoded.mnemonic) {
	case ZYDIS_MNEMONIC_INT3:
	case ZYDIS_MNEMONIC_UD0:
	case ZYDIS_MNEMONIC_UD1:
	case ZYDIS_MNEMONIC_UD2:
		return Instruction::Flow::trap;
	default:
		break;
	}
	switch (decoded.meta.category) {
	case ZYDIS_CATEGORY_CALL:
		return Instruction::Flow::call;
	case ZYDIS_CATEGORY_UNCOND_BR:
		return Instruction::Flow::jump;
	case ZYDIS_CATEGORY_COND_BR:
		return Instruction::Flow::condition;
	case ZYDIS_CATEGORY_RET:
	case ZYDIS_CATEGORY_SYSRET:
		return Instruction::Flow::leave;
	default:
		return Instruction::Flow::next;
	}
}

static Instruction describe(const ZydisDecodedInstruction &decoded, uint64_t offset)
{
	Instruction instruction = {.offset = offset,
				   .length = decoded.length,
				   .operand = 0,
				   .operand_size = 0,
				   .target = 0,
				   .address = 0,
				   .compares = decoded.mnemonic == ZYDIS_MNEMONIC_CMP,
				   .flow = flow_of(decoded)};
	const auto &immediate = decoded.raw.imm[0];
	if (immediate.is_relative && immediate.size != 0) {
		instruction.operand = immediate.offset;
		instruction.operand_size = immediate.size / 8;
		instruction.target = offset + decoded.length + immediate.value.s;
	}
	if (decoded.mnemonic == ZYDIS_MNEMONIC_LEA)
		instruction.address = decoded.raw.disp.offset;
	else if (!immediate.is_relative && immediate.size >= 32)
		instruction.address = immediate.offset;
	return instruction;
}

Result<std::vector<Instruction>> decode_instructions(std::span<const std::byte> code)
{
	ZydisDecoder decoder;
	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	std::vector<Instruction> instructions;
	for (uint64_t at = 0; at < code.size();) {
		ZydisDecodedInstruction decoded;
		ZyanStatus status = ZydisDecoderDecodeInstruction(
			&decoder, nullptr, code.data() + at, code.size() - at, &decoded);
		if (ZYAN_FAILED(status))
			return fail(EBADMSG, "+%#zx: no x86-64 instruction",
				    static_cast<size_t>(at));
		instructions.push_back(describe(decoded, at));
		at += decoded.length;
	}
	return instructions;
}

}
