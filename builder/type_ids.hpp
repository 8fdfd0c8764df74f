// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists and sets of the numbers that types and functions have in the kernel's BTF: .BTF_ids
// (include/linux/btf_ids.h).
//
// The compiler leaves the numbers 0, and a symbol at each number names its type or function.
// resolve_btfids fills in the numbers when the kernel is linked, and sorts the sets. Only the
// builder does this for a list in a patch.
#pragma once

#include "object.hpp"

#include <span>

namespace klp {

bool has_type_ids(std::string_view section);
bool is_type_list(const Object &object, const Piece &piece);

// Whether a symbol is a member of a list, such as __BTF_ID__func__get__12; the list has a name of
// its own (BTF_ID_LIST(), BTF_SET_START()).
bool is_type_id(std::string_view symbol);

// The members of a list, and the flags beside them: two lists of one meaning get equal numbers.
std::string meaning_of(const Object &object, const Piece &list);

class TypeIds {
public:
	// ENOENT, EINVAL: not a kernel's BTF.
	static Result<TypeIds> parse(std::span<const std::byte> btf);

	// Returns the list as it is in the kernel that has this BTF. Returns ENOENT with the name
	// of a member that the BTF lacks.
	Result<std::vector<std::byte>> fill_in(const Object &object, const Piece &list) const;

private:
	struct Member;
	Result<uint32_t> id_of(const Member &member) const;
	friend std::string meaning_of(const Object &object, const Piece &list);
	static std::vector<Member> members_of(const Object &object, const Piece &list);

	std::map<std::string, uint32_t, std::less<>> ids_; // of "func get"
};

}
