// SPDX-License-Identifier: LGPL-2.1-or-later
#include "modules.hpp"
#include "comma_list.hpp"
#include "file.hpp"
#include "kmod_module.hpp"
#include "module/module_file.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>
#include <sys/stat.h>

namespace klp {

Result<> may_be_module_name(const std::string &name)
{
	bool in_a_folder = name.find('/') != std::string::npos || name.starts_with('.');
	if (!name.empty() && name.size() <= longest_module_name && !in_a_folder)
		return {};
	return fail(
		EINVAL,
		"'%.*s' is no module's name: these have 1 to %zu letters, no '/' and no '.' in front",
		static_cast<int>(std::min<size_t>(name.size(), 2 * longest_module_name)),
		name.c_str(), longest_module_name);
}

static Result<std::string> folder_of(const std::string &root, const std::string &module)
{
	TRY(may_be_module_name(module));
	return root + "/sys/module/" + module;
}

Result<std::vector<LoadedModule>> read_modules(const std::string &root)
{
	std::string text = TRY(read_text(root + "/proc/modules"));
	std::istringstream lines(text);
	std::vector<LoadedModule> modules;
	std::string line;
	while (std::getline(lines, line)) {
		// name size references users state address [(taints)]
		std::istringstream words(line);
		LoadedModule module;
		std::string size, users, state, address, taints;
		words >> module.name >> size >> module.references >> users >> state >> address;
		if (!words)
			return fail(EBADMSG, "/proc/modules: cannot read '%s'", line.c_str());
		words >> taints;
		module.live = state == "Live";
		module.is_livepatch = taints.find('K') != std::string::npos;
		modules.push_back(std::move(module));
	}
	return modules;
}

Result<std::string> read_module_layout(const std::string &root)
{
	std::string text = TRY(read_text(root + "/proc/modules"));
	std::istringstream lines(text);
	std::string layout, line;
	while (std::getline(lines, line)) {
		std::istringstream words(line);
		std::string name, size, references, users, state, address;
		words >> name >> size >> references >> users >> state >> address;
		layout += name + " " + address + "\n";
	}
	return layout;
}

Result<std::string> find_module_at(const std::string &root, uint64_t address)
{
	std::string text = TRY(read_text(root + "/proc/modules"));
	std::istringstream lines(text);
	std::string found, line;
	uint64_t last = 0;
	while (std::getline(lines, line)) {
		std::istringstream words(line);
		std::string name, references, users, state;
		uint64_t size = 0, start = 0;
		words >> name >> size >> references >> users >> state >> std::hex >> start;
		if (start > last && address >= start && address - start < size) {
			found = name;
			last = start;
		}
	}
	return found;
}

Result<std::string> find_module_file(const std::string &root, const std::string &release,
				     const std::string &module)
{
	// libkmod takes 'fuse.ko' and 'fu-se' for 'fuse' and 'fu_se'.
	if (!is_module_name(module))
		return fail(ENOENT, "no module is ever named '%s' in memory", module.c_str());
	std::string folder = root + "/lib/modules/" + release;
	KmodContext context = TRY(kmod_context(KmodConfig::none, folder.c_str()));
	KmodModule found = TRY(kmod_module_of_name(context, module));
	const char *path = kmod_module_get_path(found.get());
	if (!path)
		return fail(ENOENT, "no module '%s' in '%s'", module.c_str(), folder.c_str());
	return std::string(path);
}

Result<uint64_t> module_section(const std::string &root, const std::string &module,
				const std::string &section)
{
	std::string path = TRY(folder_of(root, module));
	path += "/sections/" + section;
	std::string line = TRY(read_line(path));
	uint64_t address = 0;
	if (line.starts_with("0x"))
		std::from_chars(line.data() + 2, line.data() + line.size(), address, 16);
	if (address == 0)
		return fail(EACCES, "'%s' hides its address", path.c_str());
	return address;
}

// The last word of this kind counts, as for the kernel.
static std::string blacklist_of(const std::string &command_line)
{
	constexpr std::string_view key = "module_blacklist=";
	std::string list, word;
	std::istringstream words(command_line);
	while (words >> word) {
		std::erase(word, '"');
		if (word == "--")
			break;
		if (word.starts_with(key))
			list = word.substr(key.size());
	}
	return list;
}

Result<std::vector<std::string>> read_module_blacklist(const std::string &root)
{
	Result<std::string> list =
		read_line(root + "/sys/module/kernel/parameters/module_blacklist");
	if (!list) {
		std::string command_line = TRY(read_line(root + "/proc/cmdline"));
		list = blacklist_of(command_line);
	}
	if (*list == "(null)") // the file's word for none
		return std::vector<std::string>();
	std::vector<std::string_view> names = comma_list(*list);
	return std::vector<std::string>(names.begin(), names.end());
}

constexpr size_t notes_limit = 1 << 20;

Result<std::vector<std::byte>> read_notes(const std::string &root, const std::string &object)
{
	if (object == "vmlinux")
		return read_bytes(root + "/sys/kernel/notes", notes_limit);
	return read_notes(root, object, ".note.gnu.build-id");
}

Result<std::vector<std::byte>> read_notes(const std::string &root, const std::string &module,
					  const std::string &section)
{
	std::string folder = TRY(folder_of(root, module));
	return read_bytes(folder + "/notes/" + section, notes_limit);
}

Result<std::string> module_version(const std::string &root, const std::string &module)
{
	std::string folder = TRY(folder_of(root, module));
	Result<std::string> version = read_line(folder + "/version");
	if (!version && version.error().code == ENOENT)
		return std::string();
	return version;
}

Result<std::optional<unsigned long>> module_references(const std::string &root,
						       const std::string &module)
{
	std::string path = TRY(folder_of(root, module));
	path += "/refcnt";
	Result<std::string> line = read_line(path);
	if (!line && (line.error().code == ENOENT || line.error().code == ENODEV) && !exists(path))
		return std::optional<unsigned long>();
	if (!line)
		return std::unexpected(line.error());
	unsigned long count = 0;
	auto [end, status] = std::from_chars(line->data(), line->data() + line->size(), count);
	if (status != std::errc() || end != line->data() + line->size())
		return fail(EBADMSG, "'%s' holds '%s', not a number", path.c_str(), line->c_str());
	return std::optional<unsigned long>(count);
}

Result<uint64_t> module_instance(const std::string &root, const std::string &module)
{
	std::string folder = TRY(folder_of(root, module));
	struct stat status;
	if (stat(folder.c_str(), &status) != 0)
		return fail(errno, "cannot look at '%s': %s", folder.c_str(), strerror(errno));
	return status.st_ino;
}

}
