// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/say.hpp"
#include "../protocol/roles.hpp"
#include "kernel_words.hpp"
#include "publish_patch.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <ctime>

using namespace klp;
using namespace klp::admin;
using protocol::Recall;
using protocol::RecallAction;
using protocol::Recalls;

namespace {

struct Words {
	CommonWords common;
	KernelWords kernel;
	int64_t version = 0;
	std::string action, module, reason;
	std::vector<std::string> cves; // that the module fixes
};

// The module that takes the version's place is the next version: the minimum never falls.
Checked<int64_t> add_replacement(Session *session, Session::Change *change, const Words &words,
				 const protocol::KernelId &kernel)
{
	PatchToPublish patch = TRY(read_patch(words.module, kernel.release, kernel.build_id));
	RepositoryView *view = TRY(session->view());
	std::vector<protocol::Release> releases = TRY(view->patches());
	int64_t next = protocol::latest_release(releases, kernel)->facts.version + 1;
	PatchWords patch_words;
	patch_words.cves = words.cves;
	return add_patch(session, change, std::move(patch), patch_words,
			 [&](const protocol::KernelId &of, int64_t version) {
				 return of == kernel && version == next;
			 });
}

Checked<> recall(const Words &words)
{
	auto word = std::ranges::find(protocol::recall_words, words.action);
	RecallAction action = static_cast<RecallAction>(word - protocol::recall_words.begin());
	if ((action == RecallAction::replace_by) == words.module.empty())
		return tuf::refuse(FaultKind::local, "--action replace-by needs --module, and no "
						     "other action takes it");
	Session session = TRY(Session::open(words.common));
	RepositoryView *view = TRY(session.view());
	std::vector<protocol::Release> releases = TRY(view->patches());
	protocol::KernelId kernel =
		TRY(kernel_of(words.kernel, kernels_with(releases, words.version)));
	Session::Change change;
	Recall entry = {words.version, action, {}, words.reason};
	if (action == RecallAction::replace_by)
		entry.replacement = TRY(add_replacement(&session, &change, words, kernel));
	std::string path = protocol::recalls_path(kernel);
	std::optional<Recalls> known = TRY(view->document<Recalls>(view->recalls(), path));
	Recalls document = known ? *known : Recalls{kernel, {}};
	std::erase_if(document.recalls,
		      [&](const Recall &old) { return old.version == words.version; });
	document.recalls.push_back(entry);
	TRY(session.put_document(&change, "recalls", path, document));
	return session.publish(change,
			       "recall-" + std::to_string(words.version) + "-" + kernel.release);
}

}

int run_recall(int argc, char **argv)
{
	Words words;
	CommandLine app("Recall a version.", "klp-admin recall");
	app.add_option("VERSION", words.version, "the version")
		->required()
		->check(number_between(1, 1e9, "versions"));
	app.add_option("--action", words.action,
		       "replace-by: machines roll forward to --module; remove: they take it out; "
		       "stop-new: no further machine applies it")
		->type_name("ACTION")
		->required()
		->check(one_of({"replace-by", "remove", "stop-new"}));
	app.add_option("--module", words.module, "the next version, which replaces it")
		->type_name("FILE");
	app.add_option("--cve", words.cves, "a CVE that the module fixes; may be repeated")
		->type_name("CVE")
		->one_value_each();
	app.add_option("--reason", words.reason, "one line for its users")
		->type_name("TEXT")
		->required();
	add_kernel(&app, &words.kernel);
	add_signing(&app, &words.common);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, recall(words));
}
