// SPDX-License-Identifier: LGPL-2.1-or-later
#include "succession.hpp"
#include "roles.hpp"

#include <algorithm>

namespace klp::protocol {

static bool is_before(const Release &one, const Release &other)
{
	return std::tie(one.kernel.release, one.kernel.build_id, one.facts.version) <
	       std::tie(other.kernel.release, other.kernel.build_id, other.facts.version);
}

static Checked<Release> release_of(const std::string &path, const tuf::Target &target)
{
	std::optional<KernelId> kernel = kernel_of_patch(path);
	auto hash = target.hashes.find("sha256");
	if (!kernel || hash == target.hashes.end() || !target.length)
		return tuf::refuse(
			FaultKind::mixed,
			"%s: is no patches/RELEASE/BUILDID/NAME.ko with length and sha256",
			path.c_str());
	PatchFacts facts = TRY(PatchFacts::parse(target.custom));
	if (facts.build_id != kernel->build_id)
		return tuf::refuse(FaultKind::mixed, "%s: is for the build '%s'", path.c_str(),
				   facts.build_id.c_str());
	return Release{path, *kernel, hash->second, *target.length, std::move(facts)};
}

Checked<std::vector<Release>> releases_of(const tuf::Targets &releases)
{
	std::vector<Release> list;
	for (const auto &[path, target] : releases.targets) {
		if (!path.starts_with("patches/"))
			continue;
		Release release = TRY(release_of(path, target));
		list.push_back(std::move(release));
	}
	std::ranges::sort(list, is_before);
	auto same = [](const Release &one, const Release &next) { return !is_before(one, next); };
	auto twice = std::ranges::adjacent_find(list, same);
	if (twice != list.end())
		return tuf::refuse(
			FaultKind::mixed, "%s: another patch of its kernel is version %lld",
			twice->path.c_str(), static_cast<long long>(twice->facts.version));
	return list;
}

const Release *latest_release(const std::vector<Release> &releases, const KernelId &kernel)
{
	const Release *latest = nullptr;
	for (const Release &release : releases)
		if (release.kernel == kernel)
			latest = &release;
	return latest;
}

const Release *release_of_version(const std::vector<Release> &releases, const KernelId &kernel,
				  int64_t version)
{
	for (const Release &release : releases)
		if (release.kernel == kernel && release.facts.version == version)
			return &release;
	return nullptr;
}

static Checked<> check_next(const Release *last, const Release &next,
			    const IsReplacement &is_replacement)
{
	int64_t expected = last ? last->facts.version + 1 : 1;
	if (next.facts.version != expected)
		return tuf::refuse(FaultKind::mixed, "%s: is version %lld; the next is %lld",
				   next.path.c_str(), static_cast<long long>(next.facts.version),
				   static_cast<long long>(expected));
	if (!last || is_replacement(next.kernel, next.facts.version))
		return {};
	for (const std::string &function : last->facts.replaces)
		if (std::ranges::find(next.facts.replaces, function) == next.facts.replaces.end())
			return tuf::refuse(FaultKind::mixed,
					   "%s: does not replace '%s', which version %lld does; a "
					   "version has all fixes of those before",
					   next.path.c_str(), function.c_str(),
					   static_cast<long long>(last->facts.version));
	return {};
}

Checked<> check_succession(const std::vector<Release> &before, const std::vector<Release> &after,
			   const IsReplacement &is_replacement)
{
	for (const Release &old : before) {
		const Release *now = release_of_version(after, old.kernel, old.facts.version);
		if (!now || now->path != old.path || now->sha256 != old.sha256 ||
		    !(now->facts == old.facts))
			return tuf::refuse(FaultKind::mixed,
					   "%s: version %lld was published, and neither goes nor "
					   "changes",
					   old.path.c_str(),
					   static_cast<long long>(old.facts.version));
	}
	std::vector<Release> known = before;
	for (const Release &release : after) {
		const Release *old =
			release_of_version(before, release.kernel, release.facts.version);
		if (old && old->path == release.path)
			continue;
		TRY(check_next(latest_release(known, release.kernel), release, is_replacement));
		known.push_back(release);
	}
	return {};
}

}
