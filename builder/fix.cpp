// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fix.hpp"
#include "../libklp/file.hpp"
#include "../libklp/module/digest.hpp"
#include "../libklp/try.hpp"
#include "diff_path.hpp"

#include <algorithm>
#include <cerrno>

namespace klp {

// Mail and some editors end every line with a carriage return: it is no part of the lines then. If
// only some lines have the carriage return, it is a part of these lines.
static bool ends_with_returns(std::string_view bytes)
{
	bool any = false;
	for (size_t at = bytes.find('\n'); at != std::string_view::npos;
	     at = bytes.find('\n', at + 1)) {
		if (at == 0 || bytes[at - 1] != '\r')
			return false;
		any = true;
	}
	return any;
}

static std::vector<char> plain_text(std::string_view bytes)
{
	std::vector<char> text(bytes.begin(), bytes.end());
	if (!ends_with_returns(bytes))
		return text;
	size_t used = 0;
	for (size_t i = 0; i < text.size(); i++) {
		if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n')
			text[used++] = text[i];
	}
	text.resize(used);
	return text;
}

static size_t line_of(std::string_view bytes, size_t at)
{
	return 1 + std::ranges::count(bytes.substr(0, at), '\n');
}

static Result<std::vector<FileDiff>> read_files(const FixPatch &patch, LeftOut left_out,
						Fix::Made made)
{
	std::vector<FileDiff> files = TRY(read_diff(patch.name, patch.view(), left_out));
	for (const FileDiff &file : files) {
		for (const std::string &path : {file.before, file.after}) {
			if (made == Fix::Made::refused && is_of_the_build(path))
				return fail(EBADMSG,
					    "%s:%zu: '%s' is made or run when a kernel is built; a "
					    "fix changes sources of the kernel alone",
					    patch.name.c_str(), file.at, path.c_str());
		}
	}
	return files;
}

Result<FixPatch> Fix::parse(const std::string &name, std::string_view bytes, Made made)
{
	if (bytes.size() > most_bytes)
		return fail(EFBIG, "%s: has %zu bytes; a patch may have %zu", name.c_str(),
			    bytes.size(), most_bytes);
	if (size_t at = bytes.find('\0'); at != std::string_view::npos)
		return fail(EBADMSG, "%s:%zu: has a zero byte; a fix is of text alone",
			    name.c_str(), line_of(bytes, at));
	FixPatch patch;
	patch.name = name;
	patch.sha256 = klp::sha256(std::as_bytes(std::span(bytes)));
	patch.text = plain_text(bytes);
	Result<std::vector<FileDiff>> files = read_files(patch, LeftOut::first_folder, made);
	Result<std::vector<FileDiff>> whole = read_files(patch, LeftOut::nothing, made);
	if (!files && !whole)
		return std::unexpected(files.error());
	if (files)
		patch.files = std::move(*files);
	else
		patch.fault = files.error().message;
	if (whole)
		patch.whole = std::move(*whole);
	return patch;
}

Fix Fix::of(std::vector<FixPatch> patches)
{
	Fix fix;
	fix.patches_ = std::move(patches);
	return fix;
}

Result<Fix> Fix::read(const std::vector<std::string> &paths, Made made)
{
	Fix fix;
	for (const std::string &path : paths) {
		Result<std::vector<std::byte>> bytes = read_bytes(path, most_bytes);
		if (!bytes && bytes.error().code == EFBIG)
			return fail(EFBIG, "%s: has more than the %zu bytes that a patch may have",
				    path.c_str(), most_bytes);
		if (!bytes)
			return std::unexpected(bytes.error());
		FixPatch patch = TRY(
			parse(path, {reinterpret_cast<const char *>(bytes->data()), bytes->size()},
			      made));
		fix.patches_.push_back(std::move(patch));
	}
	return fix;
}

}
