// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <string>

namespace klp {

// A folder for what is made on the way; it goes when the build ends, however it does, unless
// it is to be kept.
class WorkFolder {
public:
	static Result<WorkFolder> make(); // in TMPDIR
	WorkFolder(WorkFolder &&other) noexcept;
	~WorkFolder();
	void keep() { kept_ = true; }
	const std::string &path() const { return path_; }

private:
	explicit WorkFolder(std::string path) : path_(std::move(path)) {}
	std::string path_;
	bool kept_ = false;
};

}
