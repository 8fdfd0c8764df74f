// SPDX-License-Identifier: LGPL-2.1-or-later
#include "offer_changes.hpp"
#include "../protocol/kernel_support.hpp"
#include "../protocol/recalls.hpp"
#include "../protocol/roles.hpp"
#include "../protocol/succession.hpp"

#include <algorithm>

namespace klp::hub {

using protocol::Offer;
using protocol::Offers;
using protocol::Promotion;
using tuf::Checked;
using tuf::FaultKind;

namespace {

template <class T>
Checked<std::optional<T>> document_at(const Listing &listing, const tuf::Targets &role,
				      const std::string &path)
{
	auto target = role.targets.find(path);
	if (target == role.targets.end())
		return std::nullopt;
	std::string bytes = TRY(listing.read(path, target->second));
	T document = TRY(protocol::read<T>(bytes));
	return document;
}

std::string name_of(const Promotion &promotion)
{
	return "version " + std::to_string(promotion.version) + " for " + promotion.kernel.release;
}

Checked<> check_approved(const Listing &listing, const Promotion &promotion)
{
	std::optional<protocol::KernelSupport> support = TRY(document_at<protocol::KernelSupport>(
		listing, listing.releases, protocol::kernel_path(promotion.kernel)));
	if (support)
		for (const protocol::Approved &approved : support->approved) {
			if (approved.version != promotion.version)
				continue;
			if (!approved.tiers || std::ranges::find(*approved.tiers, promotion.tier) !=
						       approved.tiers->end())
				return {};
			return tuf::refuse(FaultKind::mixed,
					   "%s: is not approved for the tier '%s'",
					   name_of(promotion).c_str(), promotion.tier.c_str());
		}
	return tuf::refuse(FaultKind::not_listed,
			   "%s: is no version that releases approve; see 'klp-admin patch list'",
			   name_of(promotion).c_str());
}

Checked<> check_recalls(const Listing &listing, const Promotion &promotion)
{
	std::optional<protocol::Recalls> recalls = TRY(document_at<protocol::Recalls>(
		listing, listing.recalls, protocol::recalls_path(promotion.kernel)));
	if (!recalls)
		return {};
	for (const protocol::Recall &recall : recalls->recalls)
		if (recall.version == promotion.version)
			return tuf::refuse(FaultKind::mixed, "%s: is recalled (%s)",
					   name_of(promotion).c_str(), recall.reason.c_str());
	return {};
}

}

// For all machines, a version takes the place of those before it. For some, the others keep these.
Checked<> promote(Listing *listing, const Promotion &promotion)
{
	TRY(check_approved(*listing, promotion));
	TRY(check_recalls(*listing, promotion));
	std::vector<protocol::Release> releases = TRY(protocol::releases_of(listing->releases));
	const protocol::Release *release =
		protocol::release_of_version(releases, promotion.kernel, promotion.version);
	if (!release)
		return tuf::refuse(FaultKind::not_listed, "%s: is no version that releases list",
				   name_of(promotion).c_str());
	Offers &offers = listing->offers[protocol::offers_path(promotion.tier, promotion.kernel)];
	offers.tier = promotion.tier;
	offers.kernel = promotion.kernel;
	std::erase_if(offers.offers, [&](const Offer &offer) {
		return offer.version == promotion.version ||
		       (promotion.share == protocol::whole_share &&
			offer.version < promotion.version);
	});
	offers.offers.push_back({promotion.version, release->path, release->length, release->sha256,
				 promotion.share});
	std::ranges::sort(offers.offers, {}, &Offer::version);
	return {};
}

Checked<> promote_all(Listing *listing, const protocol::PromotionOfAll &promotion)
{
	std::vector<Promotion> promotions;
	for (const auto &[path, offers] : listing->offers)
		for (const Offer &offer : offers.offers)
			if (offers.tier == promotion.from && offer.share == protocol::whole_share)
				promotions.push_back({offers.kernel, offer.version, promotion.to,
						      protocol::whole_share});
	if (promotions.empty())
		return tuf::refuse(FaultKind::not_listed,
				   "the tier '%s' offers nothing to all machines",
				   promotion.from.c_str());
	for (const Promotion &one : promotions)
		TRY(promote(listing, one));
	return {};
}

Checked<> block(Listing *listing, const protocol::Block &block)
{
	size_t blocked = 0;
	for (auto &[path, offers] : listing->offers)
		if (offers.kernel == block.kernel)
			blocked += std::erase_if(offers.offers, [&](const Offer &offer) {
				return offer.version == block.version;
			});
	if (blocked == 0)
		return tuf::refuse(FaultKind::not_listed, "no tier offers version %lld for %s",
				   static_cast<long long>(block.version),
				   block.kernel.release.c_str());
	return {};
}

}
