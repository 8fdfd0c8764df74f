// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/counted.hpp"
#include "../../cli/say.hpp"
#include "../../cli/verbs.hpp"
#include "../protocol/admin_lists.hpp"
#include "../protocol/roles.hpp"
#include "cut_list.hpp"
#include "dates.hpp"
#include "kernel_words.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <ctime>

using namespace klp;
using namespace klp::admin;
using protocol::KernelId;
using protocol::KernelSupport;

namespace {

constexpr int64_t not_yet = 0; // covered_until of a kernel that is new

struct Words {
	CommonWords common;
	KernelWords kernel;
	std::string state, since, fixed_in, covered_until;
	int64_t minimum = -1;
};

Checked<std::vector<KernelSupport>> supports(RepositoryView *view)
{
	return view->documents<KernelSupport>(view->releases(), "kernels/");
}

// Kernels of attached machines, with the number of these, by the hub's word.
using Seen = std::map<KernelId, size_t>;

Checked<Seen> seen_kernels(Session *session)
{
	protocol::Machines machines = TRY(session->get<protocol::Machines>("/v1/admin/machines"));
	say_if_cut(machines.machines.size(), "machines");
	Seen seen;
	for (const protocol::Machines::Entry &machine : machines.machines)
		if (machine.facts.kernel.build_id)
			seen[{machine.facts.kernel.release, *machine.facts.kernel.build_id}]++;
	return seen;
}

Checked<> list(const CommonWords &words)
{
	Session session = TRY(Session::open(words));
	RepositoryView *view = TRY(session.view());
	std::vector<KernelSupport> all = TRY(supports(view));
	Seen seen = TRY(seen_kernels(&session));
	for (const KernelSupport &support : all)
		say(stdout, "%s %s: %s, covered until %s, minimum version %lld\n",
		    support.kernel.release.c_str(), support.kernel.build_id.c_str(),
		    protocol::support_words[static_cast<size_t>(support.state)],
		    tuf::time_text(support.covered_until).substr(0, 10).c_str(),
		    static_cast<long long>(support.minimum_version));
	for (const KernelSupport &support : all)
		seen.erase(support.kernel);
	for (const auto &[kernel, machines] : seen)
		say(stdout, "%s %s: not covered, %s\n", kernel.release.c_str(),
		    kernel.build_id.c_str(), counted(machines, "machine").c_str());
	return {};
}

int run_list(int argc, char **argv)
{
	CommonWords words;
	CommandLine app("List the kernels that are covered.", "klp-admin kernel list");
	add_folder(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, list(words));
}

// A kernel without a document gets one, if its name is whole or a machine runs it: it is then
// covered, and needs nothing.
Checked<KernelSupport> support_of(Session *session, const KernelWords &words)
{
	RepositoryView *view = TRY(session->view());
	std::vector<KernelSupport> all = TRY(supports(view));
	KernelId kernel = {words.release, words.build_id};
	if (words.release.empty() || words.build_id.empty()) {
		std::vector<KernelId> kernels;
		for (const KernelSupport &support : all)
			if (words.release.empty() || words.release == support.kernel.release)
				kernels.push_back(support.kernel);
		Seen seen = TRY(seen_kernels(session));
		if (kernels.empty())
			for (const auto &[one, machines] : seen)
				kernels.push_back(one);
		kernel = TRY(kernel_of(words, kernels));
	}
	auto known = std::ranges::find(all, kernel, &KernelSupport::kernel);
	if (known != all.end())
		return *known;
	return KernelSupport{kernel, protocol::SupportState::supported, {}, {}, not_yet, 0, {}};
}

Checked<> apply(const Words &words, KernelSupport *support)
{
	auto word = std::ranges::find(protocol::support_words, words.state);
	if (!words.state.empty()) {
		support->state =
			static_cast<protocol::SupportState>(word - protocol::support_words.begin());
		if (support->state != protocol::SupportState::kernel_upgrade_required)
			support->notices.clear();
	}
	if (!words.since.empty())
		support->since = TRY(time_of_date(words.since));
	if (!words.fixed_in.empty())
		support->fixed_in = words.fixed_in;
	if (!words.covered_until.empty())
		support->covered_until = TRY(time_of_date(words.covered_until));
	if (words.minimum < 0)
		return {};
	if (words.minimum < support->minimum_version)
		return tuf::refuse(FaultKind::mixed, "the minimum version is %lld, and never falls",
				   static_cast<long long>(support->minimum_version));
	support->minimum_version = words.minimum;
	return {};
}

Checked<> set_support(const Words &words)
{
	Session session = TRY(Session::open(words.common));
	KernelSupport support = TRY(support_of(&session, words.kernel));
	TRY(apply(words, &support));
	if (support.covered_until == not_yet)
		return tuf::refuse(FaultKind::local,
				   "'%s' is new here; say with --covered-until how long it gets "
				   "patches",
				   support.kernel.release.c_str());
	Session::Change change;
	TRY(session.put_document(&change, "releases", protocol::kernel_path(support.kernel),
				 support));
	return session.publish(change, "kernel-" + support.kernel.release);
}

int run_set_support(int argc, char **argv)
{
	Words words;
	CommandLine app("Set what is supported for a kernel.", "klp-admin kernel set-support");
	add_kernel(&app, &words.kernel);
	app.add_option("--state", words.state, "supported, kernel-upgrade-required or end-of-life")
		->type_name("STATE")
		->check(one_of({"supported", "kernel-upgrade-required", "end-of-life"}));
	app.add_option("--since", words.since, "the day from which the state is so")
		->type_name("DAY");
	app.add_option("--fixed-in", words.fixed_in, "the version of the package to upgrade to")
		->type_name("VERSION");
	app.add_option("--covered-until", words.covered_until,
		       "the first day, in UTC, on which it is not covered")
		->type_name("DAY");
	app.add_option("--minimum", words.minimum, "no machine applies a version below it")
		->type_name("N")
		->check(number_between(0, 1e9, "versions"));
	add_signing(&app, &words.common);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return status_of(app, set_support(words));
}

constexpr Verb verbs[] = {
	{"list", run_list, "list the kernels that are covered"},
	{"set-support", run_set_support, "set what is supported for a kernel"},
};

}

int run_kernel(int argc, char **argv)
{
	return run_verb("klp-admin kernel", verbs, argc, argv);
}
