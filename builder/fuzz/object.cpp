// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as an object file: taken apart, and compared with themselves. An object comes
// from a compiler that has read somebody's fix.
#include "../difference.hpp"
#include "../judgement.hpp"
#include "../object.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const std::byte *bytes = reinterpret_cast<const std::byte *>(data);
	klp::Result<klp::Object> before =
		klp::Object::parse("fuzz.o", std::vector<std::byte>(bytes, bytes + size));
	if (!before)
		return 0;
	klp::Result<klp::Object> after =
		klp::Object::parse("fuzz.o", std::vector<std::byte>(bytes, bytes + size));
	if (!after)
		__builtin_trap();
	klp::Difference difference(*before, *after);
	klp::judge_difference(*before, *after, difference);
	return 0;
}
