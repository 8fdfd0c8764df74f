// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../../libklp/unique_fd.hpp"

#include <klp/error.hpp>
#include <optional>
#include <string_view>
#include <vector>

namespace klp::tuf {

// A folder whose files are whole at any time, also after a crash or a power cut in the middle of a
// function: a file has its old bytes or its new ones. Each write goes to a file of the name
// part_name, is synced, gets its final name, and the folder is synced. The folder is locked for its
// user as long as this object lives, and nothing but this class may put a file of part_name there.
class DurableFolder {
public:
	static constexpr const char *part_name = ".part";

	// Makes the folder if it is not there, but not its parents. EBUSY while another process, or
	// another object, has it.
	static Result<DurableFolder> open(const std::string &path);

	// Nothing if there is no such file. EFBIG beyond limit bytes. Follows no link.
	Result<std::optional<std::string>> read(const std::string &name, size_t limit) const;

	// Names of files have no '/'.
	Result<> replace(const std::string &name, std::string_view bytes);
	// EEXIST if the name is there, whatever has it.
	Result<> create(const std::string &name, std::string_view bytes);

	// Sorted, without "." and "..".
	Result<std::vector<std::string>> names() const;
	const std::string &path() const { return path_; }

private:
	DurableFolder(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
	std::unexpected<Error> failed(const char *verb, const std::string &name) const;
	Result<> write_part(const std::string &name, std::string_view bytes);
	Result<> remove_part();
	Result<> sync();

	std::string path_;
	UniqueFd fd_;
};

}
