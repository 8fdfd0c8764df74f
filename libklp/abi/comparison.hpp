// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares types as the compiler laid them out: names of members and their places, widths, values
// of enumerations. Names of typedefs, const and volatile, the sign of an integer and names of
// parameters do not matter.
#pragma once

#include "types.hpp"

#include <set>
#include <string>

namespace klp {

// The types of a patch beside those of the kernel, or of the module that it patches.
class TypeComparison {
public:
	TypeComparison(const TypeTable &patch, const TypeTable &kernel)
	    : patch_(patch), kernel_(kernel)
	{
	}

	// The first difference of two structures, unions or enumerations: "the patch has 'next' at
	// 16, this kernel at 8"; "" for none.
	std::string layout(TypeId patch, TypeId kernel);
	// The same of a type and all of the kernel's types of its name: "" where one of these is
	// the same; std::nullopt where the kernel has none.
	std::optional<std::string> named(TypeId patch);
	// The same of two prototypes: "parameter 2 is a pointer in the patch, an integer of 4
	// bytes in this kernel".
	std::string prototype(TypeId patch, TypeId kernel);

	// Whether a comparison ended early, since the types are those of no program.
	bool is_cut() const { return steps_ > most_steps; }

private:
	std::string members(const Type &patch, const Type &kernel, uint64_t base);
	std::string member(const Type::Member &patch, const Type::Member &kernel, uint64_t base);
	std::string values(const Type &patch, const Type &kernel) const;
	std::string compare_prototypes(const Type &patch, const Type &kernel);
	// "" if values of one type serve as values of the other; else "a pointer in the patch,
	// an integer of 4 bytes in this kernel".
	std::string use(TypeId patch, TypeId kernel);
	std::string pointers(TypeId patch, TypeId kernel);
	std::string arrays(TypeId patch, TypeId kernel);
	bool begin();

	const TypeTable &patch_;
	const TypeTable &kernel_;
	// The difference of layouts or prototypes; "" while their comparison goes on.
	std::map<std::pair<TypeId, TypeId>, std::string> compared_;
	static constexpr size_t most_steps = 50'000'000;
	static constexpr int deepest = 64;
	size_t steps_ = 0;
	int depth_ = 0;
};

// The named types that a type is made of or points to, itself included.
std::set<TypeId> reached_from(const TypeTable &types, TypeId type);

}
