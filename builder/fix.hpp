// SPDX-License-Identifier: LGPL-2.1-or-later
// A fix: patches to the kernel's source, as their author wrote them. klp-build reads each file
// once. So the build, the comparison and the module's manifest are about the same bytes, even if
// the file changes meanwhile.
#pragma once

#include "diff.hpp"

#include <string>

namespace klp {

// One of its patches.
struct FixPatch {
	std::string name; // as it was given
	std::string sha256; // of the file's bytes
	std::vector<char> text; // with plain ends of lines
	// The files of the text, read in two ways; the kernel's tree tells which one is meant. A
	// list is empty if the text cannot be read in its way.
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
		taken, // for a comparison of two kernels
	};

	// Returns EBADMSG with file and line for a file that is no valid patch; EFBIG for a file
	// that is larger than most_bytes.
	static Result<Fix> read(const std::vector<std::string> &paths, Made made = Made::refused);
	// Reads a patch from its bytes.
	static Result<FixPatch> parse(const std::string &name, std::string_view bytes,
				      Made made = Made::refused);
	static constexpr size_t most_bytes = 100 << 20;
	static Fix of(std::vector<FixPatch> patches);

	// In the order in which they apply.
	const std::vector<FixPatch> &patches() const { return patches_; }

private:
	std::vector<FixPatch> patches_;
};

}
