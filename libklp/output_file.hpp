// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <cstddef>
#include <klp/error.hpp>
#include <span>

namespace klp {

// A file that exists complete or not at all. OutputFile writes a new file beside the final place,
// and gives it the final name once it is complete. The new file replaces a file or link that has
// the name, and OutputFile never follows a link. OutputFile changes no file of another name. The
// mode is what the umask leaves.
class OutputFile {
public:
	// Whether a file can be made there, so that no build fails only at its end. Leaves no file
	// behind. The Error's code is that of the call that would fail.
	static Result<> check(const std::string &path);

	static Result<OutputFile> make(const std::string &path);
	OutputFile(OutputFile &&other) noexcept;
	~OutputFile(); // removes the file, unless it was published

	Result<> write(std::span<const std::byte> bytes);
	Result<> publish();
	const std::string &part() const { return part_; } // where the file is until then

private:
	OutputFile(std::string path, std::string part, UniqueFd fd);

	std::string path_, part_;
	UniqueFd fd_;
};

}
