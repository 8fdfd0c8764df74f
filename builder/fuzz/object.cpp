// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads any bytes as an object file: splits the object, and compares it with itself. An object
// comes from a compiler that has read an untrusted fix.
#include "../../libklp/fuzz/target.hpp"
#include "../../libklp/try.hpp"
#include "../patchability.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace klp;

static Result<Object> object_of(const std::string &path, std::span<const std::byte> bytes)
{
	return Object::parse(path, std::vector<std::byte>(bytes.begin(), bytes.end()));
}

Result<> read_input(const std::string &path, std::span<const std::byte> bytes)
{
	Object before = TRY(object_of(path, bytes));
	Result<Object> after = object_of(path, bytes);
	if (!after)
		abort();
	Difference difference(before, *after);
	check_patchability(before, *after, difference);
	return {};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Result<> read = read_input("fuzz.o", std::as_bytes(std::span(data, size)));
	if (!read && (read.error().code <= 0 || read.error().message.empty()))
		abort();
	return 0;
}
