// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests that change the repository. Its change and its row in the audit are made in one
// transaction of the database, whose lock also keeps other processes out.
#include "../store/tiers.hpp"
#include "handlers.hpp"
#include "known_tier.hpp"
#include "offer_changes.hpp"

#include <algorithm>
#include <cerrno>

namespace klp::hub {

using protocol::ProblemKind;
using tuf::Checked;
using tuf::FaultKind;

namespace {

// What the audit says.
struct Note {
	std::string action, subject;
	nlohmann::json details;
	std::vector<std::string> tiers = {}; // that have to be there
};

ProblemKind kind_of(FaultKind kind)
{
	switch (kind) {
	case FaultKind::rollback:
		return ProblemKind::conflict;
	case FaultKind::not_listed:
		return ProblemKind::not_found;
	case FaultKind::malformed:
		return ProblemKind::malformed;
	case FaultKind::endless:
		return ProblemKind::too_large;
	default:
		return ProblemKind::refused;
	}
}

Result<Answer> answer_to_fault(const tuf::Fault &fault)
{
	if (fault.kind == FaultKind::local)
		return fail(EIO, "%s", fault.message.c_str());
	return problem(kind_of(fault.kind), fault);
}

Result<Answer> change(const Context &context, const Note &note,
		      const std::function<Checked<protocol::Published>()> &publish)
{
	store::Transaction transaction = TRY(store::Transaction::begin(*context.database));
	for (const std::string &tier : note.tiers) {
		std::optional<Answer> refusal = TRY(refusal_of_tier(*context.database, tier));
		if (refusal)
			return std::move(*refusal);
	}
	TRY(note_change(*context.database, context.person, context.now, note.action, note.subject,
			note.details));
	Checked<protocol::Published> published = publish();
	if (!published)
		return answer_to_fault(published.error());
	TRY(transaction.commit());
	return json_answer(200, published->to_json());
}

Result<Answer> change_offers(const Context &context, const Note &note, const OfferChange &change_of)
{
	return change(context, note,
		      [&] { return context.publication->change_offers(change_of, context.now); });
}

std::string subject_of(const protocol::KernelId &kernel, int64_t version)
{
	return "version " + std::to_string(version) + " for " + kernel.release;
}

}

Result<Answer> payload(const Request &request, const Context &context)
{
	if (request.body.empty())
		return problem(ProblemKind::malformed, "the request has no payload");
	Checked<protocol::Stored> stored = context.publication->store_payload(request.body);
	if (!stored)
		return answer_to_fault(stored.error());
	return json_answer(200, stored->to_json());
}

Result<Answer> upload(const Request &request, const Context &context)
{
	Checked<protocol::Upload> upload = protocol::read<protocol::Upload>(request.body);
	if (!upload)
		return problem(upload.error());
	Note note = {"upload", "", nlohmann::json::object()};
	for (const protocol::Upload::File &file : upload->files)
		note.subject += (note.subject.empty() ? "" : ", ") + file.role;
	return change(context, note,
		      [&] { return context.publication->upload(*upload, context.now); });
}

Result<Answer> promote(const Request &request, const Context &context)
{
	Checked<protocol::Promotion> promotion = protocol::read<protocol::Promotion>(request.body);
	if (!promotion)
		return problem(promotion.error());
	Note note = {"patch promote",
		     subject_of(promotion->kernel, promotion->version) + " to " + promotion->tier,
		     promotion->to_json(),
		     {promotion->tier}};
	return change_offers(context, note,
			     [&](Listing *listing) { return promote(listing, *promotion); });
}

Result<Answer> promote_all(const Request &request, const Context &context)
{
	Checked<protocol::PromotionOfAll> promotion =
		protocol::read<protocol::PromotionOfAll>(request.body);
	if (!promotion)
		return problem(promotion.error());
	Note note = {"patch promote-all",
		     promotion->from + " to " + promotion->to,
		     promotion->to_json(),
		     {promotion->from, promotion->to}};
	return change_offers(context, note,
			     [&](Listing *listing) { return promote_all(listing, *promotion); });
}

Result<Answer> block(const Request &request, const Context &context)
{
	Checked<protocol::Block> asked = protocol::read<protocol::Block>(request.body);
	if (!asked)
		return problem(asked.error());
	Note note = {"patch block", subject_of(asked->kernel, asked->version), asked->to_json()};
	return change_offers(context, note,
			     [&](Listing *listing) { return block(listing, *asked); });
}

Result<Answer> get_tiers(const Request &, const Context &context)
{
	std::vector<std::string> names = TRY(store::tiers(*context.database));
	return json_answer(200, protocol::Tiers{std::move(names)}.to_json());
}

// A tier that still offers something does not go: machines in it would hear of nothing any more.
static Checked<> keep_used_tiers(const Listing &listing, const protocol::Tiers &tiers)
{
	for (const auto &[path, offers] : listing.offers)
		if (!offers.offers.empty() &&
		    std::ranges::find(tiers.tiers, offers.tier) == tiers.tiers.end())
			return tuf::refuse(FaultKind::mixed,
					   "the tier '%s' offers versions; block them first",
					   offers.tier.c_str());
	return {};
}

Result<Answer> set_tiers(const Request &request, const Context &context)
{
	Checked<protocol::Tiers> tiers = protocol::read<protocol::Tiers>(request.body);
	if (!tiers)
		return problem(tiers.error());
	Note note = {"tier set", "tiers", tiers->to_json()};
	store::Transaction transaction = TRY(store::Transaction::begin(*context.database));
	TRY(note_change(*context.database, context.person, context.now, note.action, note.subject,
			note.details));
	TRY(store::set_tiers(*context.database, tiers->tiers));
	Checked<protocol::Published> published = context.publication->change_offers(
		[&](Listing *listing) { return keep_used_tiers(*listing, *tiers); }, context.now);
	if (!published)
		return answer_to_fault(published.error());
	TRY(transaction.commit());
	return json_answer(200, tiers->to_json());
}

}
