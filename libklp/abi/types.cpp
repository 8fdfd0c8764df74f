// SPDX-License-Identifier: LGPL-2.1-or-later
#include "types.hpp"

namespace klp {

bool is_named(const Type &type)
{
	return !type.name.empty() &&
	       (type.kind == Type::Kind::structure || type.kind == Type::Kind::unions ||
		type.kind == Type::Kind::enumeration);
}

TypeTable::TypeTable(std::shared_ptr<const void> owner, size_t size, Load load, TypeId first)
    : owner_(std::move(owner)), load_(std::move(load)), first_(first), types_(size)
{
}

const Type &TypeTable::at(TypeId id) const
{
	static const Type nothing;
	if (id == 0 || id >= types_.size())
		return nothing;
	if (!types_[id])
		types_[id] = std::make_unique<const Type>(load_(id));
	return *types_[id];
}

TypeId TypeTable::resolve(TypeId id) const
{
	constexpr int most_aliases = 64;
	for (int i = 0; i < most_aliases && at(id).kind == Type::Kind::alias; i++)
		id = at(id).target;
	return at(id).kind == Type::Kind::alias ? 0 : id;
}

const std::vector<TypeId> &TypeTable::named(std::string_view name) const
{
	static const std::vector<TypeId> none;
	auto found = named_.find(name);
	return found == named_.end() ? none : found->second;
}

std::optional<TypeId> TypeTable::function(std::string_view name) const
{
	auto found = functions_.find(name);
	if (found == functions_.end() || found->second.size() != 1)
		return std::nullopt;
	return found->second[0];
}

}
