// SPDX-License-Identifier: LGPL-2.1-or-later
#include "patch_reading.hpp"
#include "../../libklp/file.hpp"

#include <algorithm>
#include <iterator>
#include <klp/patch_file.hpp>
#include <set>

namespace klp::admin {

using protocol::FaultKind;
using tuf::Checked;

namespace {

constexpr size_t largest_module = 64 * 1024 * 1024; // bytes; libklp's limit

Checked<> check_kind(const std::string &path, const PatchFile &patch)
{
	if (!patch.is_livepatch())
		return tuf::refuse(FaultKind::mixed,
				   "%s: is no livepatch: modinfo has no livepatch=", path.c_str());
	if (!patch.is_x86_64())
		return tuf::refuse(FaultKind::mixed, "%s: is not for x86-64", path.c_str());
	if (patch.encoding() == PatchFile::Encoding::none)
		return tuf::refuse(
			FaultKind::mixed,
			"%s: its functions cannot be read; expected a module of klp-build, "
			"of kpatch-build, or with static arrays",
			path.c_str());
	if (patch.replace() != true)
		return tuf::refuse(FaultKind::mixed,
				   "%s: does not replace the versions before it; build it with "
				   "klp-build, which sets 'replace'",
				   path.c_str());
	return {};
}

// The release is the first word of vermagic.
Checked<std::string> release_of(const std::string &path, const PatchFile &patch,
				const std::string &named)
{
	std::string vermagic(patch.vermagic().value_or(""));
	std::string release = vermagic.substr(0, vermagic.find(' '));
	if (!protocol::is_component(release))
		return tuf::refuse(FaultKind::mixed, "%s: its vermagic names no kernel",
				   path.c_str());
	if (!named.empty() && named != release)
		return tuf::refuse(FaultKind::mixed, "%s: is for the kernel '%s', not for '%s'",
				   path.c_str(), release.c_str(), named.c_str());
	return release;
}

Checked<> take_build_ids(const std::string &path, const PatchFile &patch, const std::string &named,
			 PatchToPublish *result)
{
	for (const auto &[object, id] : patch.target_build_ids()) {
		if (object == "vmlinux")
			result->kernel.build_id = id;
		else
			result->facts.modules[object] = id;
	}
	std::string &id = result->kernel.build_id;
	if (!named.empty() && !id.empty() && named != id)
		return tuf::refuse(FaultKind::mixed, "%s: is for the build '%s', not for '%s'",
				   path.c_str(), id.c_str(), named.c_str());
	if (id.empty())
		id = named;
	if (id.empty())
		return tuf::refuse(FaultKind::mixed,
				   "%s: does not name the build of its kernel; name it with "
				   "--build-id",
				   path.c_str());
	for (const PatchedObject &object : patch.objects())
		if (object.is_module && !result->facts.modules.contains(object.name))
			return tuf::refuse(
				FaultKind::mixed,
				"%s: does not name the build of the module '%s'; build it "
				"with klp-build",
				path.c_str(), object.name.c_str());
	result->facts.build_id = id;
	return {};
}

// The module's own label, with no guess by its name.
Checked<std::vector<std::string>> cves_of(const std::string &path, const PatchFile &patch)
{
	if (!patch.label())
		return tuf::refuse(FaultKind::mixed, "%s: %s", path.c_str(),
				   patch.label().error().message.c_str());
	std::vector<std::string> cves;
	if (patch.label()->source == PatchLabel::Source::patch)
		std::ranges::copy_if(
			patch.label()->fixes, std::back_inserter(cves),
			[](const std::string &fix) { return fix.starts_with("CVE-"); });
	return cves;
}

}

Checked<PatchToPublish> read_patch(const std::string &path, const std::string &release,
				   const std::string &build_id)
{
	std::vector<std::byte> bytes = TRY(read_bytes(path, largest_module));
	PatchToPublish result;
	result.bytes.assign(reinterpret_cast<const char *>(bytes.data()), bytes.size());
	PatchFile patch = TRY(PatchFile::parse(path, std::move(bytes)));
	TRY(check_kind(path, patch));
	result.kernel.release = TRY(release_of(path, patch, release));
	TRY(take_build_ids(path, patch, build_id, &result));
	result.name = patch.name();
	result.cves = TRY(cves_of(path, patch));
	std::set<std::string> functions;
	for (const PatchedObject &object : patch.objects())
		for (const PatchedFunction &function : object.functions)
			functions.insert(function.name);
	result.facts.version = 0;
	result.facts.replaces.assign(functions.begin(), functions.end());
	result.facts.removable = patch.is_removable();
	return result;
}

}
