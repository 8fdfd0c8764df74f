// SPDX-License-Identifier: LGPL-2.1-or-later
// A fix: patches to the kernel's source, as their author wrote them. Each file is read once,
// so that what is built, what is compared and what the module says of itself is about the
// same bytes, whatever becomes of the file meanwhile.
#pragma once

#include "diff.hpp"

#include <string>

namespace klp {

// One of its patches.
struct FixPatch {
	std::string name; // as it was given
	std::string sha256; // of the file's bytes
	std::vector<char> text; // with plain ends of lines
	// The files of the text, read two ways. Which is meant, the kernel's tree tells; one that
	// the text cannot be read as is empty.
	std::vector<FileDiff> files; // without their first folders (-p1)
	std::vector<FileDiff> whole; // as they are written (-p0)
	std::string fault; // why files is empty
	FixPatch() = default;
	FixPatch(FixPatch &&) = default;
	FixPatch &operator=(FixPatch &&) = default;

	std::string_view view() const { return {text.data(), text.size()}; }
};

class Fix {
public:
	enum class Made {
		refused, // a file that klp or Kbuild runs or makes is no source of a fix
		taken, // for who compares a kernel with another one
	};

	// EBADMSG when one is no patch that is understood, with file and line; EFBIG for one that
	// is larger than most_bytes.
	static Result<Fix> read(const std::vector<std::string> &paths, Made made = Made::refused);
	// A patch whose bytes are there.
	static Result<FixPatch> parse(const std::string &name, std::string_view bytes,
				      Made made = Made::refused);
	static constexpr size_t most_bytes = 100 << 20;

	// In the order in which they apply.
	const std::vector<FixPatch> &patches() const { return patches_; }

private:
	std::vector<FixPatch> patches_;
};

}
