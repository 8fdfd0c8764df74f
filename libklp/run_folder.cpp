// SPDX-License-Identifier: LGPL-2.1-or-later
#include "run_folder.hpp"
#include "file.hpp"
#include "module/module_file.hpp"
#include "module/notes.hpp"
#include "modules.hpp"
#include "try.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>

namespace klp {

static Result<> make_folder(const std::string &path)
{
	if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
		return fail(errno, "cannot make '%s': %s", path.c_str(), strerror(errno));
	return {};
}

Result<std::string> run_folder(const std::string &root)
{
	std::string path = root + "/run/klp";
	TRY(make_folder(path));
	return path;
}

// Lines: "INSTANCE SHA256", or "build-BUILD_ID SHA256" from before the insertion; the states as
// "ID:VERSION ID:VERSION"; the parameters; then, for a patch that is not removable, "stays", and
// for one that is not once it is replaced, "stays-if-replaced"; "replaced" once it is; "build
// OBJECT ID" for each build that the patch was made for; and "relocated MODULE" for each module for
// which the patch has livepatch relocations.
static constexpr const char *stays_line = "stays";
static constexpr const char *stays_if_replaced_line = "stays-if-replaced";
static constexpr const char *replaced_line = "replaced";
static constexpr std::string_view build_prefix = "build ";
static constexpr std::string_view relocated_prefix = "relocated ";

static Result<std::string> path_of(const std::string &root, const std::string &patch)
{
	TRY(may_be_module_name(patch));
	return root + "/run/klp/patches/" + patch;
}

static std::string holder_of_build(const std::string &build_id)
{
	return "build-" + build_id;
}

// Whether the module in memory is the one that the record is of.
static Result<bool> is_held_by(const std::string &root, const std::string &name,
			       const std::string &holder)
{
	uint64_t instance = TRY(module_instance(root, name));
	if (holder == std::to_string(instance))
		return true;
	Result<std::vector<std::byte>> notes = read_notes(root, name);
	std::string build_id = notes ? gnu_build_id(*notes) : "";
	return !build_id.empty() && holder == holder_of_build(build_id);
}

static Result<> write_record(const std::string &root, const std::string &name,
			     const std::string &holder, const RememberedPatch &patch)
{
	std::string path = TRY(path_of(root, name));
	std::string folder = TRY(run_folder(root));
	folder += "/patches";
	TRY(make_folder(folder));
	std::string text = holder + " " + patch.sha256 + "\n";
	for (const PatchState &state : patch.states)
		text += std::to_string(state.id) + ":" + std::to_string(state.version) + " ";
	if (patch.parameters.contains('\n'))
		return fail(EINVAL, "the parameters of '%s' have more than one line", name.c_str());
	text += "\n" + patch.parameters + "\n";
	if (!patch.is_removable)
		text += std::string(stays_line) + "\n";
	if (patch.stays_if_replaced)
		text += std::string(stays_if_replaced_line) + "\n";
	if (patch.is_replaced)
		text += std::string(replaced_line) + "\n";
	for (const auto &[object, id] : patch.target_build_ids)
		text += std::string(build_prefix) + object + " " + id + "\n";
	for (const std::string &module : patch.relocated)
		text += std::string(relocated_prefix) + module + "\n";
	// Writes a second file and renames it: a reader sees the complete new file or nothing of
	// it.
	std::string unfinished = folder + "/." + name;
	{
		UniqueFd fd = TRY(open_file(unfinished, O_WRONLY | O_CREAT | O_TRUNC));
	}
	TRY(write_text(unfinished, text));
	if (rename(unfinished.c_str(), path.c_str()) != 0)
		return fail(errno, "cannot write '%s': %s", path.c_str(), strerror(errno));
	return {};
}

Result<> remember_insertion(const std::string &root, const std::string &name,
			    const std::string &build_id, const RememberedPatch &patch)
{
	return write_record(root, name, holder_of_build(build_id), patch);
}

Result<> remember_patch(const std::string &root, const std::string &name,
			const RememberedPatch &patch)
{
	TRY(may_be_module_name(name));
	uint64_t instance = TRY(module_instance(root, name));
	return write_record(root, name, std::to_string(instance), patch);
}

Result<RememberedPatch> remembered_patch(const std::string &root, const std::string &name)
{
	std::string path = TRY(path_of(root, name));
	std::string text = TRY(read_text(path));
	std::istringstream lines(text);
	std::string line, word, holder;
	RememberedPatch patch;
	std::getline(lines, line);
	std::istringstream(line) >> holder >> patch.sha256;
	bool is_held = TRY(is_held_by(root, name, holder));
	if (!is_held)
		return fail(ENOENT, "the module '%s' was loaded by other means", name.c_str());
	std::getline(lines, line);
	std::istringstream states(line);
	while (states >> word) {
		PatchState state;
		if (sscanf(word.c_str(), "%lu:%u", &state.id, &state.version) != 2)
			return fail(EBADMSG, "the record of '%s' in /run/klp/patches is corrupt",
				    name.c_str());
		patch.states.push_back(state);
	}
	std::getline(lines, patch.parameters);
	while (std::getline(lines, line)) {
		std::istringstream build(
			line.starts_with(build_prefix) ? line.substr(build_prefix.size()) : "");
		std::string object, id;
		if (build >> object >> id)
			patch.target_build_ids.emplace_back(object, id);
		else if (line.starts_with(relocated_prefix))
			patch.relocated.push_back(line.substr(relocated_prefix.size()));
		else if (line == stays_line)
			patch.is_removable = false;
		else if (line == stays_if_replaced_line)
			patch.stays_if_replaced = true;
		else if (line == replaced_line)
			patch.is_replaced = true;
		else
			return fail(EBADMSG, "the record of '%s' in /run/klp/patches is corrupt",
				    name.c_str());
	}
	return patch;
}

Result<> remember_replaced(const std::string &root, const std::string &name)
{
	Result<RememberedPatch> patch = remembered_patch(root, name);
	if (!patch && patch.error().code == ENOENT)
		return {};
	if (!patch)
		return std::unexpected(patch.error());
	patch->is_replaced = true;
	return remember_patch(root, name, *patch);
}

std::string why_it_stays(const std::string &root, const std::string &name)
{
	Result<RememberedPatch> patch = remembered_patch(root, name);
	if (patch && !patch->is_removable)
		return "it is marked as not removable, since other code may keep the address of its functions";
	if (!patch && patch.error().code != ENOENT)
		return patch.error().message;
	if (patch && patch->is_replaced && patch->stays_if_replaced)
		return "the kernel calls no callback of a patch that another replaces";
	return "";
}

Result<> forget_patch(const std::string &root, const std::string &name)
{
	std::string path = TRY(path_of(root, name));
	if (unlink(path.c_str()) != 0 && errno != ENOENT)
		return fail(errno, "cannot remove '%s': %s", path.c_str(), strerror(errno));
	return {};
}

}
