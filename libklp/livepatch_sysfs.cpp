// SPDX-License-Identifier: LGPL-2.1-or-later
#include "livepatch_sysfs.hpp"
#include "file.hpp"
#include "modules.hpp"
#include "try.hpp"

#include <cerrno>
#include <charconv>

namespace klp {

static std::string folder_of(const std::string &root)
{
	return root + "/sys/kernel/livepatch";
}

static Result<std::string> folder_of(const std::string &root, const std::string &patch)
{
	TRY(may_be_module_name(patch));
	return folder_of(root) + "/" + patch;
}

bool livepatch_sysfs_exists(const std::string &root)
{
	return exists(folder_of(root));
}

Result<std::vector<std::string>> list_livepatches(const std::string &root)
{
	return list_folder(folder_of(root));
}

template <class Number> static Result<Number> read_number(const std::string &path)
{
	std::string line = TRY(read_line(path));
	Number number = 0;
	auto [end, status] = std::from_chars(line.data(), line.data() + line.size(), number);
	if (status != std::errc() || end != line.data() + line.size())
		return fail(EBADMSG, "'%s' holds '%s', not a number", path.c_str(), line.c_str());
	return number;
}

// An attribute that only newer kernels have.
template <class Number> static Result<std::optional<Number>> read_optional(const std::string &path)
{
	if (!exists(path))
		return std::optional<Number>();
	Number number = TRY(read_number<Number>(path));
	return std::optional<Number>(number);
}

static Result<LoadedPatch::Object> read_object(const std::string &path, const std::string &name)
{
	LoadedPatch::Object object;
	object.name = name;
	object.patched = TRY(read_number<int>(path + "/patched")) != 0;
	std::vector<std::string> entries = TRY(list_folder(path));
	for (const std::string &entry : entries) {
		size_t comma = entry.rfind(',');
		if (comma == std::string::npos)
			continue;
		LoadedPatch::Function function = {entry.substr(0, comma), 0};
		auto [end, status] = std::from_chars(entry.data() + comma + 1,
						     entry.data() + entry.size(), function.sympos);
		if (status != std::errc() || end != entry.data() + entry.size())
			return fail(EBADMSG, "'%s/%s' is not FUNCTION,SYMPOS", path.c_str(),
				    entry.c_str());
		object.functions.push_back(std::move(function));
	}
	return object;
}

static Result<LoadedPatch> read_folder(const std::string &root, const std::string &name)
{
	std::string path = TRY(folder_of(root, name));
	LoadedPatch patch;
	patch.name = name;
	// initstate is read first: a patch that has loaded since is enabled, too.
	bool coming = read_line(root + "/sys/module/" + name + "/initstate") == "coming";
	patch.enabled = TRY(read_number<int>(path + "/enabled")) != 0;
	patch.in_transition = TRY(read_number<int>(path + "/transition")) != 0;
	patch.being_inserted = patch.in_transition && !patch.enabled && coming;
	std::optional<int> replace = TRY(read_optional<int>(path + "/replace"));
	if (replace)
		patch.replace = *replace != 0;
	patch.stack_order = TRY(read_optional<unsigned>(path + "/stack_order"));
	std::vector<std::string> entries = TRY(list_folder(path));
	for (const std::string &entry : entries) {
		if (!exists(path + "/" + entry + "/patched"))
			continue;
		LoadedPatch::Object object = TRY(read_object(path + "/" + entry, entry));
		patch.objects.push_back(std::move(object));
	}
	return patch;
}

// Whether a file went while it was read: the complete patch went, or one object, as when a
// replacing patch completes. kernfs returns ENODEV for a file that goes while it is open.
static bool went(const Error &error)
{
	return error.code == ENOENT || error.code == ENODEV;
}

Result<LoadedPatch> read_livepatch(const std::string &root, const std::string &name)
{
	constexpr int most_tries = 10;
	std::string path = TRY(folder_of(root, name));
	Result<LoadedPatch> patch = read_folder(root, name);
	for (int i = 1; i < most_tries && !patch && went(patch.error()) && exists(path); i++)
		patch = read_folder(root, name);
	if (!patch && went(patch.error()) && !exists(path))
		return fail(ENOENT, "no livepatch '%s' is loaded", name.c_str());
	return patch;
}

Result<bool> livepatch_in_transition(const std::string &root, const std::string &name)
{
	std::string path = TRY(folder_of(root, name));
	Result<int> transition = read_number<int>(path + "/transition");
	if (transition)
		return *transition != 0;
	if (went(transition.error()) && !exists(path + "/transition"))
		return false;
	return std::unexpected(transition.error());
}

Result<> set_livepatch_enabled(const std::string &root, const std::string &name, bool enabled)
{
	std::string path = TRY(folder_of(root, name));
	return write_text(path + "/enabled", enabled ? "1" : "0");
}

}
