// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish_patch.hpp"
#include "../../libklp/module/digest.hpp"
#include "../protocol/roles.hpp"

#include <algorithm>

namespace klp::admin {

using protocol::Approved;
using protocol::KernelSupport;
using protocol::Release;

static Checked<KernelSupport> support_of(RepositoryView *view, const protocol::KernelId &kernel,
					 int64_t covered_until)
{
	std::optional<KernelSupport> known =
		TRY(view->document<KernelSupport>(view->releases(), protocol::kernel_path(kernel)));
	if (known)
		return *known;
	return KernelSupport{kernel, protocol::SupportState::supported, {}, {}, covered_until, 0,
			     {}};
}

// cves has those of the version before, those that the module names, and those of the command line.
static Approved approval_of(const Release &release, const std::vector<std::string> &cves,
			    const PatchWords &words)
{
	Approved approved = {release.facts.version, release.sha256, {}, {}};
	for (const std::string &cve : cves)
		if (std::ranges::find(approved.cves, cve) == approved.cves.end())
			approved.cves.push_back(cve);
	if (!words.tiers.empty())
		approved.tiers = words.tiers;
	return approved;
}

// The same facts that the hub reads of the file, so that one reader checks them.
static Checked<Release> release_of(const PatchToPublish &patch, int64_t version)
{
	Release release = {protocol::patch_path(patch.kernel, patch.name), patch.kernel,
			   sha256(std::as_bytes(std::span(patch.bytes))),
			   static_cast<int64_t>(patch.bytes.size()), patch.facts};
	release.facts.version = version;
	release.facts = TRY(protocol::PatchFacts::parse(release.facts.to_json()));
	if (protocol::kernel_of_patch(release.path) != patch.kernel)
		return tuf::refuse(FaultKind::mixed,
				   "'%s': the names of kernel and module have letters, digits and "
				   "._+- only",
				   release.path.c_str());
	return release;
}

Checked<int64_t> add_patch(Session *session, Session::Change *change, PatchToPublish patch,
			   const PatchWords &words, const protocol::IsReplacement &is_replacement)
{
	RepositoryView *view = TRY(session->view());
	std::vector<Release> before = TRY(view->patches());
	const Release *latest = protocol::latest_release(before, patch.kernel);
	int64_t next = latest ? latest->facts.version + 1 : 1;
	Release release = TRY(release_of(patch, words.version ? words.version : next));
	std::vector<Release> after;
	for (const Release &old : before) {
		if (old.sha256 == release.sha256)
			return tuf::refuse(FaultKind::mixed, "these bytes are version %lld already",
					   static_cast<long long>(old.facts.version));
		if (old.path != release.path)
			after.push_back(old);
	}
	after.push_back(release);
	TRY(protocol::check_succession(before, after, is_replacement));
	KernelSupport support = TRY(support_of(view, patch.kernel, words.covered_until));
	std::vector<std::string> cves;
	if (!support.approved.empty() && !is_replacement(patch.kernel, release.facts.version))
		cves = support.approved.back().cves;
	cves.insert(cves.end(), patch.cves.begin(), patch.cves.end());
	cves.insert(cves.end(), words.cves.begin(), words.cves.end());
	support.approved.push_back(approval_of(release, cves, words));
	TRY(session->put(change, "releases", release.path, patch.bytes, release.facts.to_json()));
	TRY(session->put_document(change, "releases", protocol::kernel_path(patch.kernel),
				  support));
	return release.facts.version;
}

}
