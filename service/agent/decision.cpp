// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decision.hpp"
#include "../../libklp/module/digest.hpp"
#include "../tuf/metadata.hpp"

#include <algorithm>

namespace klp::agent {

using protocol::Approved;
using protocol::Offer;
using protocol::Recall;
using protocol::RecallAction;
using protocol::SupportState;
using protocol::Withheld;

namespace {

std::string patch(int64_t version)
{
	return "patch " + std::to_string(version);
}

template <class T> const T *of_version(const std::vector<T> &list, int64_t version)
{
	auto found = std::ranges::find(list, version, &T::version);
	return found == list.end() ? nullptr : &*found;
}

// A rule that the publisher's or this machine's documents break, or a state that has a reason.
std::string words_of(const Refused &refused)
{
	const std::string word = protocol::refusal_words[static_cast<size_t>(refused.why)];
	switch (refused.why) {
	case Refusal::mixed:
	case Refusal::wrong_build:
	case Refusal::not_permitted:
	case Refusal::below_minimum:
		return patch(refused.version) + " is refused (" + word + ": " + refused.reason +
		       ")";
	case Refusal::not_in_share:
		return patch(refused.version) + " has to wait (" + refused.reason + ")";
	case Refusal::failed:
		return patch(refused.version) + " failed (" + refused.reason + ")";
	case Refusal::recalled:
	case Refusal::held:
		break;
	}
	return patch(refused.version) + " is " + word + " (" + refused.reason + ")";
}

std::string day_of(int64_t time)
{
	return tuf::time_text(time).substr(0, 10);
}

// One object for one decision.
class Deciding {
public:
	Deciding(const Documents &documents, const MachineState &machine)
	    : documents_(documents), machine_(machine)
	{
	}

	Decision decide();

private:
	bool is_about_another_kernel() const;
	std::optional<Refused> refusal_of(const Offer &offer) const;
	std::optional<Refused> published_refusal(const Offer &offer) const;
	std::optional<Refused> permission_refusal(const Offer &offer) const;
	std::optional<Refused> own_refusal(const Offer &offer) const;
	void look_at_offers();
	void judge();
	void judge_recalled(const Recall &recall);
	void judge_support();
	std::string reason_to_upgrade() const;
	std::string why_not_here(int64_t version) const;
	void say(Verdict verdict, const std::string &reason)
	{
		decision_.verdict = verdict;
		decision_.reason = reason;
	}
	std::string what_is_active() const
	{
		return machine_.active ? patch(*machine_.active) + " is active"
				       : "no patch is active";
	}
	const Recall *recall_of(int64_t version) const
	{
		return of_version(*documents_.recalls, version);
	}

	const Documents &documents_;
	const MachineState &machine_;
	std::optional<Offer> ready_; // the highest version that fits, above the active one
	Decision decision_;
};

bool Deciding::is_about_another_kernel() const
{
	protocol::KernelId kernel = {machine_.kernel.release, *machine_.kernel.build_id};
	const auto &offers = documents_.offers;
	return documents_.support->kernel != kernel ||
	       (offers && (offers->kernel != kernel || offers->tier != machine_.tier));
}

// The tier's key is online: whatever a tier says, releases has to say, too.
std::optional<Refused> Deciding::published_refusal(const Offer &offer) const
{
	auto found = documents_.released.find(offer.path);
	if (found == documents_.released.end())
		return Refused{offer.version, Refusal::mixed,
			       "the tier offers '" + offer.path +
				       "', which releases does not list"};
	const Released &released = found->second;
	if (released.length != offer.length || released.sha256 != offer.sha256 ||
	    released.facts.version != offer.version)
		return Refused{offer.version, Refusal::mixed,
			       "tier and releases differ on '" + offer.path +
				       "': version, length or SHA-256"};
	if (released.facts.build_id != *machine_.kernel.build_id)
		return Refused{offer.version, Refusal::wrong_build,
			       "it is for build " + released.facts.build_id +
				       ", this kernel is build " + *machine_.kernel.build_id};
	return std::nullopt;
}

std::optional<Refused> Deciding::permission_refusal(const Offer &offer) const
{
	auto refuse = [&](const std::string &reason) {
		return Refused{offer.version, Refusal::not_permitted, reason};
	};
	const Approved *approved = of_version(documents_.support->approved, offer.version);
	if (!approved)
		return refuse("the kernel's document does not approve it");
	if (approved->sha256 != offer.sha256)
		return refuse("the kernel's document approves other bytes");
	if (approved->tiers &&
	    std::ranges::find(*approved->tiers, machine_.tier) == approved->tiers->end())
		return refuse("it is not for the tier '" + machine_.tier + "'");
	int64_t minimum = std::max(documents_.support->minimum_version, machine_.minimum);
	if (offer.version < minimum)
		return Refused{offer.version, Refusal::below_minimum,
			       "the lowest version for this machine is " + std::to_string(minimum)};
	return std::nullopt;
}

std::optional<Refused> Deciding::own_refusal(const Offer &offer) const
{
	const Recall *recall = recall_of(offer.version);
	if (recall)
		return Refused{offer.version, Refusal::recalled, recall->reason};
	const Withheld *held = of_version(machine_.held, offer.version);
	if (held)
		return Refused{offer.version, Refusal::held, held->reason};
	const Withheld *failed = of_version(machine_.failed, offer.version);
	if (failed)
		return Refused{offer.version, Refusal::failed, failed->reason};
	if (!is_in_share(machine_.id, offer.version, offer.share))
		return Refused{offer.version, Refusal::not_in_share,
			       "its share of the machines does not include this one yet"};
	return std::nullopt;
}

std::optional<Refused> Deciding::refusal_of(const Offer &offer) const
{
	std::optional<Refused> refused = published_refusal(offer);
	if (!refused)
		refused = permission_refusal(offer);
	if (!refused)
		refused = own_refusal(offer);
	return refused;
}

void Deciding::look_at_offers()
{
	if (!documents_.offers)
		return;
	std::vector<Offer> offers = documents_.offers->offers;
	std::ranges::sort(offers, std::greater(), &Offer::version);
	for (const Offer &offer : offers) {
		if (offer.version == machine_.active)
			continue;
		std::optional<Refused> refused = refusal_of(offer);
		if (refused && decision_.refused.size() < Decision::most_refused)
			decision_.refused.push_back(std::move(*refused));
		if (!refused && !ready_ && offer.version > machine_.active.value_or(0))
			ready_ = offer;
	}
}

void Deciding::judge_recalled(const Recall &recall)
{
	const std::string active = patch(recall.version);
	bool applies = decision_.action == Action::apply;
	switch (recall.action) {
	case RecallAction::stop_new:
		if (!applies && decision_.verdict == Verdict::ok)
			say(Verdict::ok, active + " is active; it is recalled for new machines: " +
						 recall.reason);
		return;
	case RecallAction::remove:
		// A version above it replaces it at once: nothing is unprotected in between.
		if (!applies)
			decision_.action = Action::remove;
		say(Verdict::at_risk, active + " is recalled, to be removed: " + recall.reason);
		return;
	case RecallAction::replace_by:
		say(Verdict::at_risk, active + " is recalled, to be replaced by " +
					      std::to_string(*recall.replacement) + ": " +
					      recall.reason);
		return;
	}
}

// " (held: reason)", where this machine has one.
std::string Deciding::why_not_here(int64_t version) const
{
	const Withheld *held = of_version(machine_.held, version);
	if (held)
		return " (held: " + held->reason + ")";
	const Withheld *failed = of_version(machine_.failed, version);
	return failed ? " (failed: " + failed->reason + ")" : "";
}

// The gravest CVE of the notices that ask for another kernel.
std::string Deciding::reason_to_upgrade() const
{
	const protocol::KernelSupport &support = *documents_.support;
	const protocol::Notice *gravest = nullptr;
	const protocol::RatedCve *cve = nullptr;
	for (const protocol::Notice &notice : documents_.notices)
		for (const protocol::RatedCve &one : notice.cves)
			if (!cve || one.severity > cve->severity) {
				gravest = &notice;
				cve = &one;
			}
	if (!cve)
		return "this kernel cannot be livepatched to safety since " +
		       day_of(*support.since) + "; upgrade to " + *support.fixed_in + " and reboot";
	auto line =
		std::ranges::find(gravest->kernels, support.kernel, &protocol::Affected::kernel);
	bool has_package = line != gravest->kernels.end() && line->package;
	return cve->cve + " (" + protocol::severity_words[static_cast<size_t>(cve->severity)] +
	       ") cannot be livepatched on " + support.kernel.release + ", notice " + gravest->id +
	       "; upgrade " + (has_package ? *line->package : "the kernel") + " to " +
	       (has_package ? *line->package_version : *support.fixed_in) + " and reboot";
}

// A kernel that livepatches can't keep safe: its patches are applied all the same.
void Deciding::judge_support()
{
	const protocol::KernelSupport &support = *documents_.support;
	if (decision_.verdict == Verdict::at_risk)
		return;
	if (support.state == SupportState::kernel_upgrade_required)
		say(Verdict::reboot_required, reason_to_upgrade());
	else if (support.state == SupportState::end_of_life)
		say(Verdict::not_covered,
		    "this kernel is at the end of its life; " + what_is_active());
	else if (support.covered_until <= machine_.now)
		say(Verdict::not_covered, "this kernel was covered until " +
						  day_of(support.covered_until) + "; " +
						  what_is_active());
}

void Deciding::judge()
{
	say(Verdict::ok, what_is_active() + "; nothing newer for this machine");
	if (ready_)
		say(Verdict::waiting, patch(ready_->version) + " is ready; " + what_is_active());
	for (const Refused &refused : decision_.refused) {
		if (ready_ || refused.version < machine_.active.value_or(0))
			continue;
		bool may_wait = refused.why == Refusal::not_in_share;
		bool is_harmless =
			refused.why == Refusal::recalled || refused.why == Refusal::below_minimum;
		if (is_harmless && machine_.active)
			say(Verdict::ok, what_is_active() + "; " + words_of(refused));
		else
			say(may_wait ? Verdict::waiting : Verdict::at_risk,
			    words_of(refused) + "; " + what_is_active());
		break;
	}
	if (machine_.committed && !machine_.active && decision_.verdict == Verdict::ok)
		say(Verdict::at_risk, patch(*machine_.committed) + " is committed, and not active" +
					      why_not_here(*machine_.committed));
	const Recall *recall = machine_.active ? recall_of(*machine_.active) : nullptr;
	if (recall)
		judge_recalled(*recall);
	judge_support();
}

Decision Deciding::decide()
{
	if (machine_.off_since) {
		say(Verdict::off, "disabled by root at " + tuf::time_text(*machine_.off_since) +
					  "; " + what_is_active());
		return decision_;
	}
	if (!machine_.kernel.build_id) {
		say(Verdict::unknown, "the build id of the running kernel cannot be seen");
		return decision_;
	}
	if (!documents_.support) {
		say(Verdict::not_covered,
		    "no patches are published for " + machine_.kernel.release);
		return decision_;
	}
	if (is_about_another_kernel()) {
		say(Verdict::unknown,
		    "refused (mixed): a document is about another kernel or tier");
		return decision_;
	}
	if (!documents_.recalls) {
		say(Verdict::unknown,
		    "nothing is applied without recalls: refused (" +
			    std::string(word_of(documents_.recalls.error().kind)) + "); " +
			    what_is_active());
		return decision_;
	}
	look_at_offers();
	if (ready_ && machine_.may_apply) {
		decision_.action = Action::apply;
		decision_.offer = *ready_;
	}
	judge();
	if (ready_ && !machine_.may_apply)
		decision_.reason += "; " + std::string(machine_.waits_for);
	return decision_;
}

}

Decision decide(const Documents &documents, const MachineState &machine)
{
	return Deciding(documents, machine).decide();
}

// 32 bits of a SHA-256, evenly over the share.
bool is_in_share(const std::string &machine, int64_t version, int64_t share)
{
	std::string text = machine + " " + std::to_string(version);
	std::string digits = sha256(std::as_bytes(std::span(text))).substr(0, 8);
	int64_t place = std::stoll(digits, nullptr, 16) * protocol::whole_share >> 32;
	return place < share;
}

}
