// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../decision.hpp"

#include <functional>
#include <gtest/gtest.h>

using namespace klp::agent;
using klp::protocol::Notice;
using klp::protocol::Offer;
using klp::protocol::RecallAction;
using klp::protocol::Severity;
using klp::protocol::SupportState;
using klp::tuf::FaultKind;

namespace {

const std::string build = "0f1e2d3c4b5a69788796a5b4c3d2e1f001234567";
const klp::protocol::KernelId kernel = {"6.1.0-55-amd64", build};
constexpr int64_t now = 1'790'000'000;

std::string digest_of(int64_t version)
{
	return std::string(64, static_cast<char>('0' + version % 10));
}

std::string path_of(int64_t version)
{
	return "patches/6.1.0-55-amd64/" + build + "/klp_" + std::to_string(version) + ".ko";
}

Notice notice(const char *id, const char *cve, Severity severity)
{
	return {id,
		"a title",
		now,
		{{cve, severity}},
		{{kernel, std::nullopt, "linux-image-amd64", "6.1.192-2"}}};
}

// A machine with patch 12 in a tier that offers 13, where all documents agree.
struct Case {
	Documents documents;
	MachineState machine;

	Case()
	{
		documents.support = {
			kernel, SupportState::supported, std::nullopt, std::nullopt, now + 1000, 10,
			{}};
		documents.offers = {"stable", kernel, {}};
		add(12);
		add(13);
		machine.id = "00112233445566778899aabbccddeeff";
		machine.kernel = {kernel.release, build};
		machine.tier = "stable";
		machine.active = 12;
		machine.minimum = 12;
		machine.now = now;
		machine.may_apply = true;
	}

	// Releases, approves and offers it.
	void add(int64_t version)
	{
		documents.support->approved.push_back(
			{version, digest_of(version), {}, std::nullopt});
		documents.offers->offers.push_back({version, path_of(version), 1000,
						    digest_of(version),
						    klp::protocol::whole_share});
		documents.released[path_of(version)] = {
			{version, build, {}, {}, true}, 1000, digest_of(version)};
	}

	void recall(int64_t version, RecallAction action,
		    std::optional<int64_t> replacement = std::nullopt)
	{
		documents.recalls->push_back({version, action, replacement, "it oopses"});
	}

	// "apply 13; waiting: patch 13 is ready; patch 12 is active"
	std::string said() const
	{
		Decision decision = decide(documents, machine);
		std::string action = decision.action == Action::apply
					     ? "apply " + std::to_string(decision.offer.version)
				     : decision.action == Action::remove ? "remove"
									 : "none";
		std::string text =
			action + "; " +
			klp::protocol::verdict_words[static_cast<size_t>(decision.verdict)] + ": " +
			decision.reason;
		for (const Refused &refused : decision.refused)
			text += " [" + std::to_string(refused.version) + " " +
				klp::protocol::refusal_words[static_cast<size_t>(refused.why)] +
				"]";
		return text;
	}
};

struct Row {
	const char *name;
	std::function<void(Case *)> change;
	std::string said;
};

Offer &offer_13(Case *c)
{
	return c->documents.offers->offers[1];
}

void check(const std::vector<Row> &rows)
{
	for (const Row &row : rows) {
		Case c;
		row.change(&c);
		EXPECT_EQ(c.said(), row.said) << row.name;
	}
}

}

TEST(agent_decision, what_agrees_is_applied)
{
	check({
		{"an upgrade", [](Case *) {},
		 "apply 13; waiting: patch 13 is ready; patch 12 is active"},
		{"the first patch", [](Case *c) { c->machine.active.reset(); },
		 "apply 13; waiting: patch 13 is ready; no patch is active"},
		{"the newest is active", [](Case *c) { c->machine.active = 13; },
		 "none; ok: patch 13 is active; nothing newer for this machine"},
		{"nothing is offered", [](Case *c) { c->documents.offers.reset(); },
		 "none; ok: patch 12 is active; nothing newer for this machine"},
		{"restricted to this tier",
		 [](Case *c) { c->documents.support->approved[1].tiers = {{"edge", "stable"}}; },
		 "apply 13; waiting: patch 13 is ready; patch 12 is active"},
	});
}

// Each row breaks one clause.
TEST(agent_decision, each_clause_alone_keeps_a_patch_out)
{
	const std::string active = "; patch 12 is active";
	check({
		{"releases does not list it",
		 [](Case *c) { c->documents.released.erase(path_of(13)); },
		 "none; at-risk: patch 13 is refused (mixed: the tier offers '" + path_of(13) +
			 "', which releases does not list)" + active + " [13 mixed]"},
		{"another length", [](Case *c) { offer_13(c).length++; },
		 "none; at-risk: patch 13 is refused (mixed: tier and releases differ on '" +
			 path_of(13) + "': version, length or SHA-256)" + active + " [13 mixed]"},
		{"other bytes", [](Case *c) { c->documents.released[path_of(13)].sha256 = "ff"; },
		 "none; at-risk: patch 13 is refused (mixed: tier and releases differ on '" +
			 path_of(13) + "': version, length or SHA-256)" + active + " [13 mixed]"},
		{"an older version by a newer number",
		 [](Case *c) { c->documents.released[path_of(13)].facts.version = 11; },
		 "none; at-risk: patch 13 is refused (mixed: tier and releases differ on '" +
			 path_of(13) + "': version, length or SHA-256)" + active + " [13 mixed]"},
		{"another build",
		 [](Case *c) { c->documents.released[path_of(13)].facts.build_id = "ab"; },
		 "none; at-risk: patch 13 is refused (wrong-build: it is for build ab, this kernel is build " +
			 build + ")" + active + " [13 wrong-build]"},
		{"not approved", [](Case *c) { c->documents.support->approved.pop_back(); },
		 "none; at-risk: patch 13 is refused (not-permitted: the kernel's document does not approve "
		 "it)" + active +
			 " [13 not-permitted]"},
		{"other bytes approved",
		 [](Case *c) { c->documents.support->approved[1].sha256 = "ff"; },
		 "none; at-risk: patch 13 is refused (not-permitted: the kernel's document approves other "
		 "bytes)" +
			 active + " [13 not-permitted]"},
		{"for another tier",
		 [](Case *c) { c->documents.support->approved[1].tiers = {{"edge"}}; },
		 "none; at-risk: patch 13 is refused (not-permitted: it is not for the tier 'stable')" +
			 active + " [13 not-permitted]"},
		{"below the published minimum",
		 [](Case *c) { c->documents.support->minimum_version = 14; },
		 "none; ok: patch 12 is active; patch 13 is refused (below-minimum: the lowest version for "
		 "this machine is 14) [13 below-minimum]"},
		{"below this machine's own minimum", [](Case *c) { c->machine.minimum = 14; },
		 "none; ok: patch 12 is active; patch 13 is refused (below-minimum: the lowest version for "
		 "this machine is 14) [13 below-minimum]"},
		{"recalled", [](Case *c) { c->recall(13, RecallAction::stop_new); },
		 "none; ok: patch 12 is active; patch 13 is recalled (it oopses) [13 recalled]"},
		{"held", [](Case *c) { c->machine.held = {{13, "by root"}}; },
		 "none; at-risk: patch 13 is held (by root)" + active + " [13 held]"},
		{"failed", [](Case *c) { c->machine.failed = {{13, "no transition"}}; },
		 "none; at-risk: patch 13 failed (no transition)" + active + " [13 failed]"},
		{"not in the share", [](Case *c) { offer_13(c).share = 0; },
		 "none; waiting: patch 13 has to wait (its share of the machines does not "
		 "include this one yet)" +
			 active + " [13 not-in-share]"},
		{"recalls are not to be trusted",
		 [](Case *c) {
			 c->documents.recalls =
				 klp::tuf::refuse(FaultKind::expired, "recalls.json: expired");
		 },
		 "none; unknown: nothing is applied without recalls: refused (expired); patch 12 is "
		 "active"},
		{"offers of another tier", [](Case *c) { c->documents.offers->tier = "edge"; },
		 "none; unknown: refused (mixed): a document is about another kernel or tier"},
		{"offers of another kernel",
		 [](Case *c) { c->documents.offers->kernel.build_id = "ab"; },
		 "none; unknown: refused (mixed): a document is about another kernel or tier"},
		{"support of another kernel",
		 [](Case *c) { c->documents.support->kernel.release = "6.1.0-56-amd64"; },
		 "none; unknown: refused (mixed): a document is about another kernel or tier"},
		{"the owner asks first", [](Case *c) { c->machine.may_apply = false; },
		 "none; waiting: patch 13 is ready; patch 12 is active; 'klp apply' applies it"},
	});
}

TEST(agent_decision, what_does_not_fit_does_not_hide_what_does)
{
	check({{"a lower offer fits",
		[](Case *c) {
			c->add(14);
			c->machine.held = {{14, "by root"}};
		},
		"apply 13; waiting: patch 13 is ready; patch 12 is active [14 held]"},
	       {"nothing is active, and what is offered is below the minimum",
		[](Case *c) {
			c->machine.active.reset();
			c->machine.minimum = 14;
		},
		"none; at-risk: patch 13 is refused (below-minimum: the lowest version for this machine is "
		"14); no patch is active [13 below-minimum] [12 below-minimum]"}});
}

TEST(agent_decision, a_recall_of_what_is_active)
{
	check({
		{"stop-new keeps it",
		 [](Case *c) {
			 c->documents.offers->offers.pop_back();
			 c->recall(12, RecallAction::stop_new);
		 },
		 "none; ok: patch 12 is active; it is recalled for new machines: it oopses"},
		{"remove",
		 [](Case *c) {
			 c->documents.offers->offers.pop_back();
			 c->recall(12, RecallAction::remove);
		 },
		 "remove; at-risk: patch 12 is recalled, to be removed: it oopses"},
		{"what replaces it needs no removal",
		 [](Case *c) { c->recall(12, RecallAction::remove); },
		 "apply 13; at-risk: patch 12 is recalled, to be removed: it oopses"},
		{"replace-by rolls forward",
		 [](Case *c) { c->recall(12, RecallAction::replace_by, 13); },
		 "apply 13; at-risk: patch 12 is recalled, to be replaced by 13: it oopses"},
		{"replace-by waits for its replacement",
		 [](Case *c) {
			 c->documents.offers->offers.pop_back();
			 c->recall(12, RecallAction::replace_by, 13);
		 },
		 "none; at-risk: patch 12 is recalled, to be replaced by 13: it oopses"},
	});
}

TEST(agent_decision, the_verdict_is_on_the_kernel_too)
{
	check({
		{"no document", [](Case *c) { c->documents.support.reset(); },
		 "none; not-covered: no patches are published for 6.1.0-55-amd64"},
		{"a build id that cannot be seen",
		 [](Case *c) { c->machine.kernel.build_id.reset(); },
		 "none; unknown: the build id of the running kernel cannot be seen"},
		{"disabled", [](Case *c) { c->machine.off_since = now; },
		 "none; off: disabled by root at 2026-09-21T14:13:20Z; patch 12 is active"},
		{"a kernel to upgrade",
		 [](Case *c) {
			 c->documents.support->state = SupportState::kernel_upgrade_required;
			 c->documents.support->since = now;
			 c->documents.support->fixed_in = "6.1.176-1";
		 },
		 "apply 13; reboot-required: this kernel cannot be livepatched to safety since "
		 "2026-09-21; upgrade to 6.1.176-1 and reboot"},
		{"a CVE that cannot be livepatched",
		 [](Case *c) {
			 c->documents.support->state = SupportState::kernel_upgrade_required;
			 c->documents.support->since = now;
			 c->documents.support->fixed_in = "6.1.176-1";
			 c->documents.notices = {
				 notice("ACME-0011-1", "CVE-2026-1111", Severity::high),
				 notice("ACME-0012-1", "CVE-2026-4444", Severity::critical),
				 notice("ACME-0013-1", "CVE-2026-5555", Severity::low)};
		 },
		 "apply 13; reboot-required: CVE-2026-4444 (critical) cannot be livepatched on "
		 "6.1.0-55-amd64, notice ACME-0012-1; upgrade linux-image-amd64 to 6.1.192-2 and "
		 "reboot"},
		{"the end of its life",
		 [](Case *c) { c->documents.support->state = SupportState::end_of_life; },
		 "apply 13; not-covered: this kernel is at the end of its life; patch 12 is active"},
		{"no longer covered", [](Case *c) { c->documents.support->covered_until = now; },
		 "apply 13; not-covered: this kernel was covered until 2026-09-21; patch 12 is "
		 "active"},
		{"a recall for new machines hides no risk",
		 [](Case *c) {
			 c->recall(12, RecallAction::stop_new);
			 c->machine.held = {{13, "by root"}};
		 },
		 "none; at-risk: patch 13 is held (by root); patch 12 is active [13 held]"},
		{"a committed version that is not active",
		 [](Case *c) {
			 c->machine.active.reset();
			 c->machine.committed = 12;
			 c->machine.failed = {{12, "no transition"}};
			 c->documents.offers->offers.clear();
		 },
		 "none; at-risk: patch 12 is committed, and not active (failed: no transition)"},
		{"a risk is said first",
		 [](Case *c) {
			 c->machine.held = {{13, "by root"}};
			 c->documents.support->covered_until = now;
		 },
		 "none; at-risk: patch 13 is held (by root); patch 12 is active [13 held]"},
	});
}

TEST(agent_decision, what_a_journal_would_not_take_is_not_said)
{
	Case one;
	for (int64_t version = 14; version < 114; version++)
		one.documents.offers->offers.push_back(
			{version, path_of(version), 5, digest_of(version), 10'000});
	EXPECT_EQ(decide(one.documents, one.machine).refused.size(), Decision::most_refused);
}

TEST(agent_decision, a_share_grows_and_is_even)
{
	size_t tenth = 0;
	for (int machine = 0; machine < 10'000; machine++) {
		std::string id = std::to_string(machine);
		EXPECT_TRUE(is_in_share(id, 12, 10'000));
		EXPECT_FALSE(is_in_share(id, 12, 0));
		bool in_tenth = is_in_share(id, 12, 1000);
		if (in_tenth) {
			tenth++;
			EXPECT_TRUE(is_in_share(id, 12, 4000)) << id;
		}
		EXPECT_EQ(in_tenth, is_in_share(id, 12, 1000));
	}
	EXPECT_GT(tenth, 900u);
	EXPECT_LT(tenth, 1100u);
	// The same machines are not first each time.
	size_t both = 0;
	for (int machine = 0; machine < 10'000; machine++)
		both += is_in_share(std::to_string(machine), 12, 1000) &&
			is_in_share(std::to_string(machine), 13, 1000);
	EXPECT_LT(both, 200u);
}
