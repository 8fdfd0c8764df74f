// SPDX-License-Identifier: LGPL-2.1-or-later
#include "roles.hpp"
#include "kernel_support.hpp"
#include "notice.hpp"
#include "offers.hpp"
#include "recalls.hpp"

namespace klp::protocol {

const std::vector<DelegatedPaths> &delegated_paths()
{
	static const std::vector<DelegatedPaths> all = {
		{"releases", {"patches/*/*/*", "kernels/*/*", "notices/*", "farm/*"}},
		{"recalls", {"recalls/*/*"}},
		{"tiers", {"tiers/*/*/*"}},
	};
	return all;
}

int64_t lifetime_of(std::string_view role)
{
	constexpr int64_t day = 24 * 3600;
	constexpr std::pair<std::string_view, int64_t> days[] = {
		{"root", 730},	 {"targets", 365}, {"releases", 180},
		{"recalls", 45}, {"tiers", 7},	   {"snapshot", 14}};
	for (const auto &[name, lifetime] : days)
		if (name == role)
			return lifetime * day;
	return 3 * day; // timestamp: the shortest for what has no line here
}

static Checked<> check_delegation(const tuf::DelegatedRole &delegated)
{
	for (const DelegatedPaths &known : delegated_paths())
		if (known.role == delegated.name && delegated.terminating &&
		    delegated.paths == known.paths && delegated.hash_prefixes.empty())
			return {};
	return tuf::refuse(
		FaultKind::mixed,
		"targets.json: delegates to '%s', or to paths of it, which is not one of "
		"releases, recalls and tiers with their own paths",
		delegated.name.c_str());
}

Checked<> check_delegations(const tuf::Targets &top)
{
	if (!top.targets.empty())
		return tuf::refuse(FaultKind::mixed,
				   "targets.json: lists the target '%s'; expected delegations only",
				   top.targets.begin()->first.c_str());
	if (!top.delegations || top.delegations->succinct ||
	    top.delegations->roles.size() != delegated_paths().size())
		return tuf::refuse(
			FaultKind::mixed,
			"targets.json: does not delegate to releases, recalls and tiers");
	for (const tuf::DelegatedRole &delegated : top.delegations->roles)
		TRY(check_delegation(delegated));
	return {};
}

static std::string folder_of(const char *kind, const KernelId &kernel)
{
	return std::string(kind) + "/" + kernel.release + "/" + kernel.build_id;
}

std::string patch_path(const KernelId &kernel, const std::string &name)
{
	return folder_of("patches", kernel) + "/" + name + ".ko";
}

std::string kernel_path(const KernelId &kernel)
{
	return folder_of("kernels", kernel) + ".json";
}

std::string recalls_path(const KernelId &kernel)
{
	return folder_of("recalls", kernel) + ".json";
}

std::string offers_path(const std::string &tier, const KernelId &kernel)
{
	return folder_of(("tiers/" + tier).c_str(), kernel) + ".json";
}

std::string notice_path(const std::string &id)
{
	return "notices/" + id + ".json";
}

std::optional<KernelId> kernel_of_patch(std::string_view path)
{
	constexpr std::string_view prefix = "patches/";
	if (!path.starts_with(prefix) || !path.ends_with(".ko"))
		return std::nullopt;
	path.remove_prefix(prefix.size());
	size_t release = path.find('/');
	size_t id = path.find('/', release + 1);
	if (release == std::string_view::npos || id == std::string_view::npos)
		return std::nullopt;
	KernelId kernel = {std::string(path.substr(0, release)),
			   std::string(path.substr(release + 1, id - release - 1))};
	if (!is_component(kernel.release) || !is_lower_hexadecimal(kernel.build_id) ||
	    !is_component(path.substr(id + 1)))
		return std::nullopt;
	return kernel;
}

template <class T>
static Checked<> check_place(const std::string &path, std::string_view bytes,
			     std::string (*place)(const T &))
{
	T document = TRY(read<T>(bytes));
	std::string expected = place(document);
	if (expected == path)
		return {};
	return tuf::refuse(FaultKind::mixed, "%s: has the document of '%s'", path.c_str(),
			   expected.c_str());
}

Checked<> check_document(const std::string &path, std::string_view bytes)
{
	if (kernel_of_patch(path))
		return {};
	if (path.starts_with("kernels/"))
		return check_place<KernelSupport>(path, bytes, [](const auto &document) {
			return kernel_path(document.kernel);
		});
	if (path.starts_with("recalls/"))
		return check_place<Recalls>(path, bytes, [](const auto &document) {
			return recalls_path(document.kernel);
		});
	if (path.starts_with("notices/"))
		return check_place<Notice>(
			path, bytes, [](const auto &document) { return notice_path(document.id); });
	if (path.starts_with("tiers/"))
		return check_place<Offers>(path, bytes, [](const auto &document) {
			return offers_path(document.tier, document.kernel);
		});
	return tuf::refuse(FaultKind::mixed,
			   "%s: no document has this path; expected patches, kernels, notices, "
			   "recalls or tiers",
			   path.c_str());
}

}
