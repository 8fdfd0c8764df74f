// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source_view.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"
#include "line_numbers.hpp"
#include "source_file.hpp"

#include <filesystem>

namespace klp {

namespace fs = std::filesystem;

Result<std::string> text_if_there(const std::string &path)
{
	return fs::exists(path) ? read_text(path) : Result<std::string>("");
}

static Result<> linked(const std::error_code &error, const fs::path &path)
{
	if (error)
		return fail(error.value(), "cannot make '%s': %s", path.c_str(),
			    error.message().c_str());
	return {};
}

// Links to the content of a folder of the tree.
static Result<> link_folder(const fs::path &from, const fs::path &to)
{
	std::error_code error;
	fs::create_directories(to, error);
	fs::directory_iterator entries(from, error), end;
	for (; !error && entries != end; entries.increment(error)) {
		fs::path link = to / entries->path().filename();
		if (fs::symlink_status(link).type() == fs::file_type::not_found)
			fs::create_symlink(entries->path(), link, error);
	}
	return linked(error, to);
}

// Makes each folder on the path to a file a real folder of the view.
Result<> SourceView::own_folder(const std::string &tree, const std::string &file)
{
	fs::path way;
	for (const fs::path &part : fs::path(file).parent_path()) {
		way /= part;
		std::error_code error;
		if (!fs::is_symlink(fs::path(folder_) / way))
			continue;
		fs::remove(fs::path(folder_) / way, error);
		TRY(linked(error, way));
		TRY(link_folder(fs::path(tree) / way, fs::path(folder_) / way));
	}
	return {};
}

// An #include with "../" starts at the real folder of its file. So the view has a real folder for
// all files that include a header of the fix.
Result<> SourceView::link(const std::string &tree, const std::set<std::string> &users)
{
	TRY(link_folder(tree, folder_));
	for (const std::string &file : users)
		TRY(own_folder(tree, file));
	return {};
}

// Replaces the view's link to the tree's file.
Result<> SourceView::write(const std::string &file, const FixedFile &fixed, Lines lines)
{
	fs::path place = fs::path(folder_) / file;
	std::error_code error;
	if (fs::is_symlink(place))
		fs::remove(place, error);
	TRY(linked(error, place));
	if (!fixed.is_there)
		return {};
	fs::create_directories(place.parent_path(), error);
	TRY(linked(error, place.parent_path()));
	return write_below(folder_, file,
			   lines == Lines::kept ? with_line_numbers(fixed.after) : fixed.text());
}

Result<SourceView> SourceView::make(const std::string &tree, const std::string &folder,
				    const FixedSource &fixed, const std::set<std::string> &users,
				    Lines lines)
{
	SourceView view;
	view.folder_ = folder;
	TRY(view.link(tree, users));
	for (const auto &[file, source] : fixed.files()) {
		TRY(view.own_folder(tree, file));
		TRY(view.write(file, source, lines));
	}
	return view;
}

}
