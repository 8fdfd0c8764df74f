// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rollout.hpp"

namespace klp::protocol {

using nlohmann::json;

Checked<Tiers> Tiers::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"tiers"}));
	Tiers tiers;
	tiers.tiers = TRY(components(fields, "tiers", most_tiers));
	if (tiers.tiers.empty())
		return fields.refuse_field("tiers", "a list with at least one name");
	return tiers;
}

json Tiers::to_json() const
{
	return {{"schema", schema}, {"tiers", tiers}};
}

Checked<Promotion> Promotion::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"kernel", "version", "tier", "share"}));
	Promotion promotion;
	promotion.kernel = TRY(kernel_id(fields, "kernel"));
	promotion.version = TRY(version_of(fields, "version"));
	promotion.tier = TRY(component(fields, "tier"));
	promotion.share = TRY(number(fields, "share", 1, whole_share));
	return promotion;
}

json Promotion::to_json() const
{
	return {{"schema", schema},
		{"kernel", protocol::to_json(kernel)},
		{"version", version},
		{"tier", tier},
		{"share", share}};
}

Checked<PromotionOfAll> PromotionOfAll::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"from", "to"}));
	PromotionOfAll promotion;
	promotion.from = TRY(component(fields, "from"));
	promotion.to = TRY(component(fields, "to"));
	return promotion;
}

json PromotionOfAll::to_json() const
{
	return {{"schema", schema}, {"from", from}, {"to", to}};
}

Checked<Block> Block::parse(const json &document)
{
	Fields fields = TRY(fields_of(document, schema, {"kernel", "version"}));
	Block block;
	block.kernel = TRY(kernel_id(fields, "kernel"));
	block.version = TRY(version_of(fields, "version"));
	return block;
}

json Block::to_json() const
{
	return {{"schema", schema}, {"kernel", protocol::to_json(kernel)}, {"version", version}};
}

}
