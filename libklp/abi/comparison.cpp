// SPDX-License-Identifier: LGPL-2.1-or-later
#include "comparison.hpp"

#include <algorithm>

namespace klp {

static std::string quoted(std::string_view name)
{
	return "'" + std::string(name) + "'";
}

// "16", or "3 bits behind 16" for a place within a byte.
static std::string place(uint64_t bit)
{
	std::string byte = std::to_string(bit / 8);
	return bit % 8 == 0 ? byte : std::to_string(bit % 8) + " bits behind " + byte;
}

static std::string in_words(const Type &type)
{
	std::string name = type.name.empty() ? "" : " " + std::string(type.name);
	switch (type.kind) {
	case Type::Kind::nothing:
		return "void";
	case Type::Kind::integer:
		return "an integer of " + std::to_string(type.size) + " bytes";
	case Type::Kind::floating:
		return "a floating-point number of " + std::to_string(type.size) + " bytes";
	case Type::Kind::pointer:
		return "a pointer";
	case Type::Kind::array:
		return "an array of " + std::to_string(type.size);
	case Type::Kind::structure:
		return "struct" + name;
	case Type::Kind::unions:
		return "union" + name;
	case Type::Kind::enumeration:
		return "enum" + name;
	case Type::Kind::function:
		return "a function";
	case Type::Kind::alias:
	case Type::Kind::forward:
		return "a type that is declared only";
	}
	__builtin_unreachable();
}

static std::string both(const std::string &patch, const std::string &kernel)
{
	return patch + " in the patch, " + kernel + " in this kernel";
}

static bool is_compound(const Type &type)
{
	return type.kind == Type::Kind::structure || type.kind == Type::Kind::unions;
}

// An enumeration is an integer for the machine.
static bool is_integer(const Type &type)
{
	return type.kind == Type::Kind::integer || type.kind == Type::Kind::enumeration;
}

static const Type::Member *find(const Type &type, std::string_view name)
{
	auto found = std::ranges::find(type.members, name, &Type::Member::name);
	return found == type.members.end() ? nullptr : &*found;
}

// An unnamed member corresponds to the one at the same index among the unnamed ones.
static const Type::Member *counterpart(const Type &in, const Type &of, size_t index)
{
	const Type::Member &member = of.members[index];
	if (!member.name.empty())
		return find(in, member.name);
	size_t number = std::count_if(of.members.begin(), of.members.begin() + index,
				      [](const auto &other) { return other.name.empty(); });
	for (const Type::Member &other : in.members) {
		if (other.name.empty() && number-- == 0)
			return &other;
	}
	return nullptr;
}

std::string TypeComparison::member(const Type::Member &patch, const Type::Member &kernel,
				   uint64_t base)
{
	const Type &type = patch_.at(patch_.resolve(patch.type));
	std::string name = patch.name.empty() ? "an unnamed " + in_words(type) : quoted(patch.name);
	if (patch.bit != kernel.bit)
		return "the patch has " + name + " at " + place(base + patch.bit) +
		       ", this kernel at " + place(base + kernel.bit);
	if (patch.bits != kernel.bits)
		return name + " has " + std::to_string(patch.bits) + " bits in the patch, " +
		       std::to_string(kernel.bits) + " in this kernel";
	const Type &other = kernel_.at(kernel_.resolve(kernel.type));
	// A difference within an unnamed member is one of the structure.
	if (patch.name.empty() && is_compound(type) && type.kind == other.kind)
		return members(type, other, base + patch.bit);
	std::string difference = use(patch.type, kernel.type);
	return difference.empty() ? "" : name + " is " + difference;
}

std::string TypeComparison::members(const Type &patch, const Type &kernel, uint64_t base)
{
	if (!begin())
		return "";
	std::string difference;
	for (size_t i = 0; i < patch.members.size() && difference.empty(); i++) {
		const Type::Member &mine = patch.members[i];
		const Type::Member *other = counterpart(kernel, patch, i);
		if (other)
			difference = member(mine, *other, base);
		else
			difference = "the patch has " +
				     (mine.name.empty() ? "an unnamed member" : quoted(mine.name)) +
				     " at " + place(base + mine.bit) +
				     ", this kernel has no such member";
	}
	for (size_t i = 0; i < kernel.members.size() && difference.empty(); i++) {
		const Type::Member &theirs = kernel.members[i];
		if (!counterpart(patch, kernel, i))
			difference =
				"this kernel has " +
				(theirs.name.empty() ? "an unnamed member" : quoted(theirs.name)) +
				" at " + place(base + theirs.bit) +
				", the patch has no such member";
	}
	depth_--;
	return difference;
}

std::string TypeComparison::values(const Type &patch, const Type &kernel) const
{
	uint64_t mask = patch.size >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * patch.size) - 1;
	for (const Type::Value &mine : patch.values) {
		auto theirs = std::ranges::find(kernel.values, mine.name, &Type::Value::name);
		std::string value = std::to_string(mine.value & mask);
		if (theirs == kernel.values.end())
			return quoted(mine.name) + " is " + value +
			       " in the patch, and this kernel has no such value";
		if ((theirs->value & mask) != (mine.value & mask))
			return quoted(mine.name) + " is " +
			       both(value, std::to_string(theirs->value & mask));
	}
	return "";
}

std::string TypeComparison::layout(TypeId patch, TypeId kernel)
{
	auto [known, added] = compared_.try_emplace({patch, kernel}, "");
	if (!added)
		return known->second;
	const Type &mine = patch_.at(patch), &theirs = kernel_.at(kernel);
	std::string difference;
	if (mine.kind != theirs.kind)
		difference = "it is " + both(in_words(mine), in_words(theirs));
	else if (mine.kind == Type::Kind::enumeration)
		difference = values(mine, theirs);
	else
		difference = members(mine, theirs, 0);
	if (difference.empty() && mine.size != theirs.size)
		difference = "it has " + std::to_string(mine.size) + " bytes in the patch, " +
			     std::to_string(theirs.size) + " in this kernel";
	return compared_[{patch, kernel}] = difference;
}

std::optional<std::string> TypeComparison::named(TypeId patch)
{
	std::optional<std::string> first;
	for (TypeId kernel : kernel_.named(patch_.at(patch).name)) {
		// A structure and a union may have one name.
		if (kernel_.at(kernel).kind != patch_.at(patch).kind)
			continue;
		std::string difference = layout(patch, kernel);
		if (difference.empty())
			return "";
		if (!first)
			first = std::move(difference);
	}
	return first;
}

// A hostile file may nest types as deep, and as often, as it likes. The caller of a begin() that
// returned true lowers depth_ in the end.
bool TypeComparison::begin()
{
	if (depth_ >= deepest || ++steps_ > most_steps) {
		steps_ = most_steps + 1;
		return false;
	}
	depth_++;
	return true;
}

// The layouts of structures that have one name are compared by themselves.
std::string TypeComparison::pointers(TypeId patch, TypeId kernel)
{
	const Type &mine = patch_.at(patch), &theirs = kernel_.at(kernel);
	if (mine.kind == Type::Kind::function && theirs.kind == Type::Kind::function) {
		std::string difference = prototype(patch, kernel);
		return difference.empty() ? "" : "a function: " + difference;
	}
	// void points to anything.
	if (mine.kind == Type::Kind::nothing || theirs.kind == Type::Kind::nothing || !begin())
		return "";
	std::string difference = use(patch, kernel);
	depth_--;
	return difference.empty()
		       ? ""
		       : both("a pointer to " + in_words(mine), "a pointer to " + in_words(theirs));
}

// The elements of an array in all its dimensions: DWARF has one array of several, BTF an array of
// arrays.
static std::pair<uint64_t, TypeId> elements(const TypeTable &types, TypeId id)
{
	constexpr int most_dimensions = 64;
	uint64_t count = 1;
	for (int i = 0; i < most_dimensions && types.at(id).kind == Type::Kind::array; i++) {
		count *= types.at(id).size;
		id = types.resolve(types.at(id).target);
	}
	return {count, id};
}

std::string TypeComparison::arrays(TypeId patch, TypeId kernel)
{
	auto [count, element] = elements(patch_, patch);
	auto [other_count, other_element] = elements(kernel_, kernel);
	if (count != other_count)
		return both("an array of " + std::to_string(count),
			    "an array of " + std::to_string(other_count));
	std::string difference = use(element, other_element);
	return difference.empty() ? "" : "an array: " + difference;
}

std::string TypeComparison::use(TypeId patch, TypeId kernel)
{
	patch = patch_.resolve(patch);
	kernel = kernel_.resolve(kernel);
	const Type &mine = patch_.at(patch), &theirs = kernel_.at(kernel);
	if (mine.kind == Type::Kind::forward || theirs.kind == Type::Kind::forward)
		return "";
	bool same_kind = mine.kind == theirs.kind || (is_integer(mine) && is_integer(theirs));
	bool is_number = is_integer(mine) || mine.kind == Type::Kind::floating;
	if (!same_kind || (is_number && mine.size != theirs.size))
		return both(in_words(mine), in_words(theirs));
	if (mine.kind == Type::Kind::array)
		return arrays(patch, kernel);
	if (mine.kind == Type::Kind::pointer)
		return pointers(patch_.resolve(mine.target), kernel_.resolve(theirs.target));
	bool same_name = !mine.name.empty() && mine.name == theirs.name;
	if (is_compound(mine) && !same_name && !layout(patch, kernel).empty())
		return both(in_words(mine), in_words(theirs));
	return "";
}

std::string TypeComparison::prototype(TypeId patch, TypeId kernel)
{
	auto [known, added] = compared_.try_emplace({patch, kernel}, "");
	if (!added || !begin())
		return known->second;
	std::string difference = compare_prototypes(patch_.at(patch), kernel_.at(kernel));
	depth_--;
	return compared_[{patch, kernel}] = difference;
}

std::string TypeComparison::compare_prototypes(const Type &patch, const Type &kernel)
{
	if (patch.members.size() != kernel.members.size())
		return "it has " + both(std::to_string(patch.members.size()) + " parameters",
					std::to_string(kernel.members.size()));
	for (size_t i = 0; i < patch.members.size(); i++) {
		std::string difference = use(patch.members[i].type, kernel.members[i].type);
		if (!difference.empty())
			return "parameter " + std::to_string(i + 1) + " is " + difference;
	}
	std::string difference = use(patch.target, kernel.target);
	return difference.empty() ? "" : "the result is " + difference;
}

std::set<TypeId> reached_from(const TypeTable &types, TypeId type)
{
	std::set<TypeId> seen, found;
	std::vector<TypeId> todo = {type};
	while (!todo.empty()) {
		TypeId id = todo.back();
		todo.pop_back();
		const Type &reached = types.at(id);
		if (reached.kind == Type::Kind::nothing || !seen.insert(id).second)
			continue;
		if (is_named(reached))
			found.insert(id);
		todo.push_back(reached.target);
		for (const Type::Member &member : reached.members)
			todo.push_back(member.type);
	}
	return found;
}

}
