// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "strict.hpp"

namespace klp::protocol {

constexpr size_t largest_upload = 16 * 1024 * 1024; // bytes
constexpr int64_t largest_payload = 64 * 1024 * 1024; // bytes; libklp's limit for a module

// POST /v1/admin/upload: signed metadata, of which all appears at once or none. Each file has the
// version after the one that the repository has: who signed something older has to look again.
// A draft of klp-admin is one, too, with signatures missing.
struct Upload {
	static constexpr const char *schema = "klp.upload/1";
	static constexpr size_t largest = largest_upload;

	struct File {
		std::string role; // a component
		std::string bytes; // the file

		bool operator==(const File &) const = default;
	};
	std::vector<File> files; // one a role

	static Checked<Upload> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Upload &) const = default;
};

// The answer to each request that changes the repository: the version of the timestamp from which
// on readers see it.
struct Published {
	static constexpr const char *schema = "klp.published/1";

	int64_t timestamp;

	static Checked<Published> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Published &) const = default;
};

// The answer to POST /v1/admin/payload, whose body is the payload. Nobody sees it before an upload
// lists a target with this hash.
struct Stored {
	static constexpr const char *schema = "klp.stored/1";

	std::string sha256;
	int64_t length; // bytes

	static Checked<Stored> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Stored &) const = default;
};

}
