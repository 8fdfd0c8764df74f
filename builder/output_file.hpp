// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../libklp/unique_fd.hpp"

#include <cstddef>
#include <klp/error.hpp>
#include <span>

namespace klp {

// A file that is there whole or not at all: a fresh one beside its place, which gets its name
// once all is in it. It replaces what has the name before, a link too, and never follows
// it. It touches nothing that has another name. Its mode is what the umask leaves.
class OutputFile {
public:
	// Whether a file can be made there, so that nobody waits for a build that ends with it.
	// Leaves nothing behind. The Error's code is that of the call that would fail.
	static Result<> check(const std::string &path);

	static Result<OutputFile> make(const std::string &path);
	OutputFile(OutputFile &&other) noexcept;
	~OutputFile(); // without publish() nothing of it stays

	Result<> write(std::span<const std::byte> bytes);
	Result<> publish();
	const std::string &part() const { return part_; } // where it is until then

private:
	OutputFile(std::string path, std::string part, UniqueFd fd);

	std::string path_, part_;
	UniqueFd fd_;
};

}
