// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of roles and targets as parts of URLs and as names of files. Both may have any characters:
// '/', "..", a newline.
#pragma once

#include <string>
#include <string_view>

namespace klp::tuf {

// All but A-Z a-z 0-9 _ . - ~ as % and two upper-case digits.
std::string url_escaped(std::string_view name);

// The same, but '/' and what else a path of a URL may have stays.
std::string url_escaped_path(std::string_view path);

// A name for a file in one folder: never hidden, never "." or "..", never longer than a file
// system allows together with ".json". Different names give different files: a long name gives its
// hash, behind a '%' that no escape begins with.
std::string flat_file_name(std::string_view name);

// "3.ROLE.json", or "ROLE.json" for version 0.
std::string metadata_path(const std::string &role, long long version);

// "DIR/HASH.NAME" of "DIR/NAME"; hash "" leaves the path as it is.
std::string target_path(const std::string &path, const std::string &hash);

// The URL of a path below a base, which may end with '/'.
std::string below(const std::string &base, const std::string &path);

}
