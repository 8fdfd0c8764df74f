// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/say.hpp"
#include "../../cli/verbs.hpp"
#include "../protocol/roles.hpp"
#include "kernel_words.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <ctime>

using namespace klp;
using namespace klp::admin;
using protocol::Notice;

namespace {

struct Words {
	CommonWords common;
	KernelWords kernel;
	std::string id, title, package, package_version;
	std::vector<std::string> cves; // "CVE-2026-1234:high"
	int64_t fixed_by = 0;
};

Checked<protocol::RatedCve> rated(const std::string &text)
{
	size_t colon = text.find(':');
	std::string name = text.substr(0, colon);
	std::string word = colon == std::string::npos ? "unrated" : text.substr(colon + 1);
	auto severity = std::ranges::find(protocol::severity_words, word);
	if (!protocol::is_cve(name) || severity == protocol::severity_words.end())
		return tuf::refuse(
			FaultKind::local,
			"'%s' is no CVE-2026-1234:SEVERITY; the severity is unrated, low, "
			"medium, high or critical",
			text.c_str());
	return protocol::RatedCve{
		name, static_cast<protocol::Severity>(severity - protocol::severity_words.begin())};
}

// Kernels that are covered, by the words; without words all of them.
Checked<std::vector<protocol::KernelSupport>> affected(RepositoryView *view,
						       const KernelWords &words)
{
	std::vector<protocol::KernelSupport> all =
		TRY(view->documents<protocol::KernelSupport>(view->releases(), "kernels/"));
	std::erase_if(all, [&](const protocol::KernelSupport &support) {
		return (!words.release.empty() && words.release != support.kernel.release) ||
		       (!words.build_id.empty() && words.build_id != support.kernel.build_id);
	});
	if (all.empty())
		return tuf::refuse(FaultKind::not_listed,
				   "no kernel that is covered fits; see 'klp-admin kernel list'");
	return all;
}

// A notice that is published is signed again under its id, with what is added to it.
Checked<Notice> notice_of(RepositoryView *view, const Words &words)
{
	std::optional<Notice> known =
		TRY(view->document<Notice>(view->releases(), protocol::notice_path(words.id)));
	if (known)
		return *known;
	return Notice{words.id, words.title, time(nullptr), {}, {}};
}

bool has_any(const protocol::Approved &approved, const Notice &notice)
{
	return std::ranges::any_of(notice.cves, [&](const protocol::RatedCve &rated) {
		return std::ranges::find(approved.cves, rated.cve) != approved.cves.end();
	});
}

// Versions count per kernel, and repair what their publisher said with --cve.
Checked<> check_version(const protocol::KernelSupport &support, int64_t version,
			const Notice &notice)
{
	auto approved = std::ranges::find(support.approved, version, &protocol::Approved::version);
	if (approved == support.approved.end())
		return tuf::refuse(
			FaultKind::not_listed,
			"the kernel %s %s has no version %lld; versions count per kernel: name "
			"the one that this version repairs with --kernel and --build-id",
			support.kernel.release.c_str(), support.kernel.build_id.c_str(),
			static_cast<long long>(version));
	if (!has_any(*approved, notice))
		say(stderr,
		    "%s: version %lld was published without a CVE of the notice '%s'; see that it "
		    "repairs one\n",
		    support.kernel.release.c_str(), static_cast<long long>(version),
		    notice.id.c_str());
	return {};
}

Checked<> check_fixed_by(RepositoryView *view, const protocol::KernelSupport &support,
			 int64_t version, const Notice &notice)
{
	TRY(check_version(support, version, notice));
	std::optional<protocol::Recalls> recalls = TRY(view->document<protocol::Recalls>(
		view->recalls(), protocol::recalls_path(support.kernel)));
	if (recalls)
		for (const protocol::Recall &recall : recalls->recalls)
			if (recall.version == version)
				return tuf::refuse(FaultKind::mixed,
						   "version %lld for %s is recalled",
						   static_cast<long long>(version),
						   support.kernel.release.c_str());
	return {};
}

// A state that no notice made: a person set it.
bool is_set_by_hand(const protocol::KernelSupport &support)
{
	return support.state == protocol::SupportState::end_of_life ||
	       (support.state == protocol::SupportState::kernel_upgrade_required &&
		support.notices.empty());
}

// A kernel's document names the notices that no livepatch answers there: machines read no others.
void set_support(protocol::KernelSupport *support, const std::string &id,
		 const protocol::Affected &line)
{
	bool was_named = std::erase(support->notices, id) > 0;
	if (line.package) {
		if (support->state != protocol::SupportState::kernel_upgrade_required)
			support->since = time(nullptr);
		support->state = protocol::SupportState::kernel_upgrade_required;
		support->fixed_in = line.package_version;
		support->notices.push_back(id);
	} else if (was_named && support->notices.empty()) {
		support->state = protocol::SupportState::supported;
		support->since.reset();
		support->fixed_in.reset();
	}
}

void say_kept(const protocol::KernelSupport &support)
{
	say(stderr,
	    "%s %s: stays %s, as 'klp-admin kernel set-support' said; machines there do not "
	    "show the notice; publish it again once the state is another\n",
	    support.kernel.release.c_str(), support.kernel.build_id.c_str(),
	    protocol::support_words[static_cast<size_t>(support.state)]);
}

protocol::Affected line_of(const Words &words, const protocol::KernelId &kernel)
{
	protocol::Affected line = {kernel, {}, {}, {}};
	if (words.fixed_by > 0)
		line.fixed_by = words.fixed_by;
	if (!words.package.empty())
		line.package = words.package;
	if (!words.package_version.empty())
		line.package_version = words.package_version;
	return line;
}

Checked<> publish(const Words &words)
{
	Session session = TRY(Session::open(words.common));
	RepositoryView *view = TRY(session.view());
	Notice notice = TRY(notice_of(view, words));
	if (!words.title.empty())
		notice.title = words.title;
	for (const std::string &text : words.cves) {
		protocol::RatedCve cve = TRY(rated(text));
		std::erase_if(notice.cves, [&](const auto &old) { return old.cve == cve.cve; });
		notice.cves.push_back(cve);
	}
	Session::Change change;
	std::vector<protocol::KernelSupport> supports = TRY(affected(view, words.kernel));
	for (protocol::KernelSupport &support : supports) {
		protocol::Affected line = line_of(words, support.kernel);
		std::erase_if(notice.kernels,
			      [&](const auto &old) { return old.kernel == support.kernel; });
		notice.kernels.push_back(line);
		if (words.fixed_by > 0)
			TRY(check_fixed_by(view, support, words.fixed_by, notice));
		if (is_set_by_hand(support)) {
			say_kept(support);
			continue;
		}
		set_support(&support, notice.id, line);
		TRY(session.put_document(&change, "releases", protocol::kernel_path(support.kernel),
					 support));
	}
	TRY(session.put_document(&change, "releases", protocol::notice_path(notice.id), notice));
	return session.publish(change, "notice-" + notice.id);
}

int run_publish(int argc, char **argv)
{
	Words words;
	CommandLine app("Publish a notice, or add to one.", "klp-admin notice publish");
	app.add_option("ID", words.id, "its id, with the site's own prefix: ACME-0012-1")
		->required();
	app.add_option("--title", words.title, "one line")->type_name("TEXT");
	app.add_option("--cve", words.cves, "CVE-2026-1234:SEVERITY; may be repeated")
		->type_name("CVE")
		->one_value_each();
	add_kernel(&app, &words.kernel);
	auto *fixed_by = app.add_option("--fixed-by", words.fixed_by,
					"the version of the livepatch that repairs it")
				 ->type_name("N")
				 ->check(number_between(1, 1e9, "versions"));
	auto *package = app.add_option("--package", words.package,
				       "no livepatch can: the package to upgrade")
				->type_name("NAME")
				->excludes(fixed_by);
	app.add_option("--package-version", words.package_version, "to this version")
		->type_name("VERSION")
		->needs(package);
	add_signing(&app, &words.common);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, publish(words));
}

Checked<> list(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	RepositoryView *view = TRY(session.view());
	std::vector<Notice> notices = TRY(view->documents<Notice>(view->releases(), "notices/"));
	for (const Notice &notice : notices) {
		say(stdout, "%s: %s\n", notice.id.c_str(), notice.title.c_str());
		for (const protocol::Affected &line : notice.kernels)
			say(stdout, "  %s: %s\n", line.kernel.release.c_str(),
			    line.fixed_by
				    ? ("fixed by version " + std::to_string(*line.fixed_by)).c_str()
				    : ("upgrade " + *line.package + " to " + *line.package_version +
				       " and reboot")
					      .c_str());
	}
	return {};
}

int run_list(int argc, char **argv)
{
	CommonWords words;
	CommandLine app("List the notices.", "klp-admin notice list");
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, list(words));
}

constexpr Verb verbs[] = {
	{"publish", run_publish, "publish a notice, or add to one"},
	{"list", run_list, "list the notices"},
};

}

int run_notice(int argc, char **argv)
{
	return run_verb("klp-admin notice", verbs, argc, argv);
}
