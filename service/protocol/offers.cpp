// SPDX-License-Identifier: LGPL-2.1-or-later
#include "offers.hpp"
#include "roles.hpp"

namespace klp::protocol {

using nlohmann::json;

constexpr int64_t largest_module = 64 * 1024 * 1024; // bytes; libklp's limit

static Checked<Offer> offer_of(const Fields &fields)
{
	TRY(check_known(fields, {"version", "path", "length", "sha256", "share"}));
	Offer offer;
	offer.version = TRY(version_of(fields, "version"));
	offer.path = TRY(line(fields, "path", 4 * longest_component));
	offer.length = TRY(number(fields, "length", 1, largest_module));
	offer.sha256 = TRY(sha256_digits(fields, "sha256"));
	offer.share = TRY(number(fields, "share", 0, whole_share));
	return offer;
}

Checked<Offers> Offers::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"tier", "kernel", "offers"}));
	Offers offers;
	offers.tier = TRY(component(fields, "tier"));
	offers.kernel = TRY(kernel_id(fields, "kernel"));
	offers.offers = TRY(objects(fields, "offers", Offers::most, offer_of));
	if (!all_differ(offers.offers, &Offer::version))
		return fields.refuse_field("offers", "a list with one member a version");
	for (const Offer &offer : offers.offers)
		if (kernel_of_patch(offer.path) != offers.kernel)
			return fields.refuse_field("offers",
						   "a list of modules of this kernel, each in "
						   "patches/RELEASE/BUILDID");
	return offers;
}

json Offers::to_json() const
{
	json list = json::array();
	for (const Offer &offer : offers)
		list.push_back({{"version", offer.version},
				{"path", offer.path},
				{"length", offer.length},
				{"sha256", offer.sha256},
				{"share", offer.share}});
	return {{"schema", schema},
		{"tier", tier},
		{"kernel", protocol::to_json(kernel)},
		{"offers", std::move(list)}};
}

}
