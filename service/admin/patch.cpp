// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/counted.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/joined.hpp"
#include "../../cli/say.hpp"
#include "../../cli/verbs.hpp"
#include "../protocol/rollout.hpp"
#include "kernel_words.hpp"
#include "publish_patch.hpp"
#include "verbs.hpp"

#include <cmath>
#include <ctime>

using namespace klp;
using namespace klp::admin;

namespace {

constexpr int64_t day = 24 * 3600; // seconds

struct PublishWords {
	CommonWords common;
	KernelWords kernel;
	PatchWords patch;
	std::string module;
	bool untested = false;
};

Checked<> publish(PublishWords words)
{
	if (!words.untested)
		return tuf::refuse(FaultKind::local,
				   "no farm has tested '%s'; say --untested to publish it without",
				   words.module.c_str());
	for (const std::string &cve : words.patch.cves)
		if (!protocol::is_cve(cve))
			return tuf::refuse(FaultKind::local,
					   "'%s' is no name such as CVE-2026-1234", cve.c_str());
	PatchToPublish patch =
		TRY(read_patch(words.module, words.kernel.release, words.kernel.build_id));
	words.patch.covered_until = time(nullptr) + 180 * day;
	Session session = TRY(Session::open(words.common));
	Session::Change change;
	auto no_replacement = [](const protocol::KernelId &, int64_t) { return false; };
	std::string release = patch.kernel.release;
	int64_t version =
		TRY(add_patch(&session, &change, std::move(patch), words.patch, no_replacement));
	TRY(session.publish(change, "patch-" + std::to_string(version) + "-" + release));
	std::string next = "klp-admin patch promote " + std::to_string(version) + " edge";
	if (!session.is_sent())
		next = "the other signatures, and then " + next;
	say(stdout, "version %lld for %s; next: %s\n", static_cast<long long>(version),
	    release.c_str(), next.c_str());
	return {};
}

int run_publish(int argc, char **argv)
{
	PublishWords words;
	CommandLine app("Publish a module as the next version for its kernel.",
			"klp-admin patch publish");
	app.add_option("MODULE", words.module, "the module's file")->required();
	add_kernel(&app, &words.kernel);
	app.add_option("--version-number", words.patch.version, "the version that you mean")
		->type_name("N")
		->check(number_between(1, 1e9, "versions"));
	app.add_option("--cve", words.patch.cves, "a CVE that it fixes; may be repeated")
		->type_name("CVE")
		->one_value_each();
	app.add_option("--tier", words.patch.tiers,
		       "only machines of this tier may apply it; may be repeated")
		->type_name("TIER")
		->one_value_each();
	app.add_flag("--untested", words.untested, "no farm has tested it");
	add_signing(&app, &words.common);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, publish(std::move(words)));
}

std::string tiers_with(const std::vector<protocol::Offers> &all, const protocol::Release &release)
{
	std::vector<std::string> words;
	for (const protocol::Offers &offers : all)
		for (const protocol::Offer &offer : offers.offers)
			if (offers.kernel == release.kernel &&
			    offer.version == release.facts.version)
				words.push_back(
					offers.tier +
					(offer.share == protocol::whole_share
						 ? ""
						 : " " + std::to_string(offer.share / 100) + " %"));
	return words.empty() ? "in no tier" : "in " + joined(words, ", ");
}

std::string recall_of(const std::vector<protocol::Recalls> &all, const protocol::Release &release)
{
	for (const protocol::Recalls &recalls : all)
		for (const protocol::Recall &recall : recalls.recalls)
			if (recalls.kernel == release.kernel &&
			    recall.version == release.facts.version)
				return ", recalled (" + recall.reason + ")";
	return "";
}

Checked<> list(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	RepositoryView *view = TRY(session.view());
	std::vector<protocol::Release> releases = TRY(view->patches());
	std::vector<protocol::Offers> offers =
		TRY(view->documents<protocol::Offers>(view->tiers(), "tiers/"));
	std::vector<protocol::Recalls> recalls =
		TRY(view->documents<protocol::Recalls>(view->recalls(), "recalls/"));
	for (const protocol::Release &release : releases)
		say(stdout, "%s %s: version %lld, %s, %s%s\n", release.kernel.release.c_str(),
		    release.kernel.build_id.c_str(), static_cast<long long>(release.facts.version),
		    counted(release.facts.replaces.size(), "function").c_str(),
		    tiers_with(offers, release).c_str(), recall_of(recalls, release).c_str());
	if (releases.empty())
		say(stdout, "no patches are published\n");
	return {};
}

int run_list(int argc, char **argv)
{
	CommonWords words;
	CommandLine app("List the versions, and the tiers that offer them.",
			"klp-admin patch list");
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, list(words));
}

struct RolloutWords {
	CommonWords common;
	KernelWords kernel;
	int64_t version = 0;
	std::string tier, to;
	double share = 100;
};

Checked<protocol::KernelId> kernel_of_version(Session *session, const RolloutWords &words)
{
	RepositoryView *view = TRY(session->view());
	std::vector<protocol::Release> releases = TRY(view->patches());
	return kernel_of(words.kernel, kernels_with(releases, words.version));
}

Checked<> promote(const RolloutWords &words)
{
	Session session = TRY(Session::open(words.common));
	protocol::KernelId kernel = TRY(kernel_of_version(&session, words));
	int64_t share = std::lround(words.share * 100);
	TRY(session.post("/v1/admin/promote",
			 protocol::Promotion{kernel, words.version, words.tier, share}));
	say(stdout, "version %lld for %s is in %s\n", static_cast<long long>(words.version),
	    kernel.release.c_str(), words.tier.c_str());
	return {};
}

void add_version(CommandLine *app, RolloutWords *words)
{
	app->add_option("VERSION", words->version, "the version")
		->required()
		->check(number_between(1, 1e9, "versions"));
}

int run_promote(int argc, char **argv)
{
	RolloutWords words;
	CommandLine app("Offer a version in a tier.", "klp-admin patch promote");
	add_version(&app, &words);
	app.add_option("TIER", words.tier, "the tier")->required();
	app.add_option("--share", words.share, "percent of the tier's machines")
		->type_name("PERCENT")
		->check(number_between(0.01, 100, "percent"))
		->capture_default_str();
	add_kernel(&app, &words.kernel);
	add_folder(&app, &words.common);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, promote(words));
}

Checked<> promote_all(const RolloutWords &words)
{
	Session session = TRY(Session::open(words.common));
	TRY(session.post("/v1/admin/promote-all", protocol::PromotionOfAll{words.tier, words.to}));
	say(stdout, "all that %s offers to all of its machines is in %s\n", words.tier.c_str(),
	    words.to.c_str());
	return {};
}

int run_promote_all(int argc, char **argv)
{
	RolloutWords words;
	CommandLine app("Offer all that a tier offers in another tier, too.",
			"klp-admin patch promote-all");
	app.add_option("FROM", words.tier, "the tier that offers it")->required();
	app.add_option("TO", words.to, "the tier that is to offer it")->required();
	add_folder(&app, &words.common);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, promote_all(words));
}

Checked<> block(const RolloutWords &words)
{
	Session session = TRY(Session::open(words.common));
	protocol::KernelId kernel = TRY(kernel_of_version(&session, words));
	TRY(session.post("/v1/admin/block", protocol::Block{kernel, words.version}));
	say(stdout,
	    "no tier offers version %lld for %s; where it is applied it stays, until 'klp-admin "
	    "recall'\n",
	    static_cast<long long>(words.version), kernel.release.c_str());
	return {};
}

int run_block(int argc, char **argv)
{
	RolloutWords words;
	CommandLine app("Stop offering a version; where it is applied it stays.",
			"klp-admin patch block");
	add_version(&app, &words);
	add_kernel(&app, &words.kernel);
	add_folder(&app, &words.common);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, block(words));
}

constexpr Verb verbs[] = {
	{"publish", run_publish, "publish a module as the next version"},
	{"list", run_list, "list the versions"},
	{"promote", run_promote, "offer a version in a tier"},
	{"promote-all", run_promote_all, "offer all of a tier in another"},
	{"block", run_block, "stop offering a version"},
};

}

int run_patch(int argc, char **argv)
{
	return run_verb("klp-admin patch", verbs, argc, argv);
}
