// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace klp {

// A note of a section SHT_NOTE.
struct Note {
	std::string_view owner; // without the NUL at its end
	uint32_t type;
	std::span<const std::byte> descriptor;
};

// Reads the notes of a section one after the other. The bytes must outlive it.
class Notes {
public:
	explicit Notes(std::span<const std::byte> bytes) : bytes_(bytes) {}

	// std::nullopt at the end, and where the bytes are no note.
	std::optional<Note> next();
	// Whether next() ended before the end of the bytes.
	bool is_broken() const { return at_ < bytes_.size(); }

private:
	std::span<const std::byte> bytes_;
	uint64_t at_ = 0;
};

// The bytes of one note.
std::string note(std::string_view owner, uint32_t type, std::string_view descriptor);

// The descriptor, in hexadecimal, of the NT_GNU_BUILD_ID note, or "".
std::string gnu_build_id(std::span<const std::byte> notes);

}
