// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests that change the repository. The row in the audit comes before the change: no change is
// without one, and a hub that dies between the two leaves a row of what did not happen. The lock of
// the database is not kept while the hub signs, verifies and writes, since machines need it.
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

Result<std::optional<Answer>> refusal_of_tiers(const Context &context, const Note &note)
{
	for (const std::string &tier : note.tiers) {
		std::optional<Answer> refusal = TRY(refusal_of_tier(*context.database, tier));
		if (refusal)
			return refusal;
	}
	return std::nullopt;
}

// An answer, if the database has a reason to refuse.
using Write = std::function<Result<std::optional<Answer>>(store::Database &)>;

// The row of the note, and what is written with it. An answer, if tiers went meanwhile, or write
// has one: then nothing is written.
Result<std::optional<Answer>> write_note(const Context &context, const Note &note,
					 const Write &write)
{
	store::Transaction transaction = TRY(store::Transaction::begin(*context.database));
	std::optional<Answer> refusal = TRY(refusal_of_tiers(context, note));
	if (refusal)
		return refusal;
	TRY(note_change(*context.database, context.person, context.now, note.action, note.subject,
			note.details));
	refusal = TRY(write(*context.database));
	if (refusal)
		return refusal;
	TRY(transaction.commit());
	return std::nullopt;
}

Result<std::optional<Answer>> write_nothing(store::Database &)
{
	return std::nullopt;
}

using Publish = std::function<Checked<protocol::Published>(const BeforeChange &)>;

Result<Answer> change(const Context &context, const Note &note, const Publish &publish,
		      const Write &write = write_nothing)
{
	std::optional<Answer> refusal = TRY(refusal_of_tiers(context, note));
	if (refusal)
		return std::move(*refusal);
	Result<std::optional<Answer>> noted = std::nullopt;
	Checked<protocol::Published> published = publish([&]() -> Checked<> {
		noted = write_note(context, note, write);
		if (noted && !*noted)
			return {};
		return tuf::refuse(FaultKind::local, "the change was not noted");
	});
	if (!noted)
		return std::unexpected(noted.error());
	if (*noted)
		return std::move(**noted);
	if (!published)
		return answer_to_fault(published.error());
	return json_answer(200, published->to_json());
}

Result<Answer> change_offers(const Context &context, const Note &note, const OfferChange &change_of)
{
	return change(context, note, [&](const BeforeChange &before) {
		return context.publication->change_offers(change_of, context.now, before);
	});
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
	return change(context, note, [&](const BeforeChange &before) {
		return context.publication->upload(*upload, context.now, before);
	});
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

// A machine in a tier that is not there would be offered nothing, and nobody would be told.
static Result<std::optional<Answer>> write_tiers(store::Database &database,
						 const protocol::Tiers &tiers, int64_t now)
{
	std::vector<std::string> used = TRY(store::tiers_in_use(database, now));
	for (const std::string &tier : used)
		if (std::ranges::find(tiers.tiers, tier) == tiers.tiers.end())
			return problem(ProblemKind::refused,
				       "the tier '" + tier +
					       "' is that of a token that is good, or of attached "
					       "machines; see 'klp-admin token list', and revoke "
					       "the token, or remove its machines");
	TRY(store::set_tiers(database, tiers.tiers));
	return std::nullopt;
}

Result<Answer> set_tiers(const Request &request, const Context &context)
{
	Checked<protocol::Tiers> tiers = protocol::read<protocol::Tiers>(request.body);
	if (!tiers)
		return problem(tiers.error());
	Note note = {"tier set", "tiers", tiers->to_json()};
	auto publish = [&](const BeforeChange &before) {
		return context.publication->change_offers(
			[&](Listing *listing) { return keep_used_tiers(*listing, *tiers); },
			context.now, before);
	};
	Answer answer = TRY(change(context, note, publish, [&](store::Database &database) {
		return write_tiers(database, *tiers, context.now);
	}));
	if (answer.status != 200)
		return answer;
	return json_answer(200, tiers->to_json());
}

}
