// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/error.hpp>
#include <string>

namespace klp {

// A folder for intermediate files. klp-build removes the folder when the build ends, successfully
// or not, unless keep() was called.
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
