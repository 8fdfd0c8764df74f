// SPDX-License-Identifier: LGPL-2.1-or-later
#include "upload.hpp"

#include <set>

namespace klp::protocol {

using nlohmann::json;

constexpr size_t most_files = 8;
constexpr int64_t highest_timestamp = 9'007'199'254'740'991; // JavaScript's, too

static Checked<Upload::File> file_of(const Fields &fields)
{
	TRY(check_known(fields, {"role", "bytes"}));
	Upload::File file;
	file.role = TRY(component(fields, "role"));
	file.bytes = TRY(fields.text("bytes"));
	if (file.bytes.empty())
		return fields.refuse_field("bytes", "a file of metadata");
	return file;
}

Checked<Upload> Upload::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"files"}));
	Upload upload;
	upload.files = TRY(objects(fields, "files", most_files, file_of));
	std::set<std::string> roles;
	for (const File &file : upload.files)
		if (!roles.insert(file.role).second)
			return fields.refuse_field("files", "a list with one member a role");
	if (roles.empty())
		return fields.refuse_field("files", "a list with at least one member");
	return upload;
}

json Upload::to_json() const
{
	json list = json::array();
	for (const File &file : files)
		list.push_back({{"role", file.role}, {"bytes", file.bytes}});
	return {{"schema", schema}, {"files", std::move(list)}};
}

Checked<Published> Published::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"timestamp"}));
	Published published;
	published.timestamp = TRY(number(fields, "timestamp", 1, highest_timestamp));
	return published;
}

json Published::to_json() const
{
	return {{"schema", schema}, {"timestamp", timestamp}};
}

Checked<Stored> Stored::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"sha256", "length"}));
	Stored stored;
	stored.sha256 = TRY(sha256_digits(fields, "sha256"));
	stored.length = TRY(number(fields, "length", 1, largest_payload));
	return stored;
}

json Stored::to_json() const
{
	return {{"schema", schema}, {"sha256", sha256}, {"length", length}};
}

}
