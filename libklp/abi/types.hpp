// SPDX-License-Identifier: LGPL-2.1-or-later
// The types of C as a compiler laid them out, from DWARF (dwarf_types.hpp) or BTF (btf_types.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace klp {

using TypeId = uint32_t; // 0 is void

struct Type {
	enum class Kind {
		nothing, // void
		integer, // bool, too
		floating,
		pointer,
		array,
		structure,
		unions,
		enumeration,
		function,
		alias, // typedef, const, volatile, restrict
		forward, // a structure, union or enumeration that is declared only
	};
	struct Member { // or, of a function, a parameter: type alone
		std::string_view name; // "" for an unnamed structure or union
		TypeId type = 0;
		uint64_t bit = 0; // its place
		uint32_t bits = 0; // of a bit-field; else 0
	};
	struct Value {
		std::string_view name;
		uint64_t value; // the low bytes of it, as many as the type has
	};

	Kind kind = Kind::nothing;
	std::string_view name; // "" for none
	uint64_t size = 0; // bytes; of an array, the number of its elements
	TypeId target = 0; // of a pointer or an alias; an array's element; a function's result
	std::vector<Member> members;
	std::vector<Value> values;
	bool is_own = false; // the source that was compiled defines it, and no header of the kernel
};

bool is_named(const Type &type); // a structure, union or enumeration with a name

class TypeTable {
public:
	// Makes a type at the first question for it: a kernel has a hundred thousand.
	using Load = std::function<Type(TypeId)>;

	// Types of numbers below size; 0 is void, and those below first are of another table. Names
	// live as long as owner, and that as long as the TypeTable.
	TypeTable(std::shared_ptr<const void> owner, size_t size, Load load, TypeId first = 1);

	// Returns void for a number that is none.
	const Type &at(TypeId id) const;
	size_t size() const { return types_.size(); }
	TypeId first() const { return first_; }
	// The type that an alias stands for; void for aliases that go in a circle.
	TypeId resolve(TypeId id) const;
	// The structures, unions and enumerations of this name, without declarations.
	const std::vector<TypeId> &named(std::string_view name) const;
	// The prototype of a function; std::nullopt where none is known, or several are.
	std::optional<TypeId> function(std::string_view name) const;

	// For named() and function().
	void add_named(std::string_view name, TypeId type) { named_[name].push_back(type); }
	void add_function(std::string_view name, TypeId prototype)
	{
		functions_[name].push_back(prototype);
	}

private:
	std::shared_ptr<const void> owner_;
	Load load_;
	TypeId first_;
	mutable std::vector<std::unique_ptr<const Type>> types_;
	std::unordered_map<std::string_view, std::vector<TypeId>> named_;
	std::unordered_map<std::string_view, std::vector<TypeId>> functions_;
};

}
