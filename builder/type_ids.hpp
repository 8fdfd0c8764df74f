// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists and sets of the numbers that types and functions have in the kernel's BTF: .BTF_ids
// (include/linux/btf_ids.h).
//
// The compiler leaves the numbers 0, and a symbol at each says what it is of. resolve_btfids
// fills them in when the kernel is linked, and sorts the sets; for a list that comes with a
// patch, nobody does but the builder.
#pragma once

#include "object.hpp"

#include <span>

namespace klp {

bool has_type_ids(std::string_view section);
bool is_type_list(const Object &object, const Piece &piece);

// A list has a name (BTF_ID_LIST(), BTF_SET_START()), its members these: __BTF_ID__func__get__12.
bool is_type_id(std::string_view symbol);

// What a list is of, and the flags beside it: two of one meaning are filled in alike.
std::string meaning_of(const Object &object, const Piece &list);

class TypeIds {
public:
	// ENOENT, EINVAL: not a kernel's BTF.
	static Result<TypeIds> parse(std::span<const std::byte> btf);

	// The list as it is in the kernel that has this BTF. ENOENT, with its name, for what is
	// not in it.
	Result<std::vector<std::byte>> fill_in(const Object &object, const Piece &list) const;

private:
	struct Member;
	Result<uint32_t> id_of(const Member &member) const;
	friend std::string meaning_of(const Object &object, const Piece &list);
	static std::vector<Member> members_of(const Object &object, const Piece &list);

	std::map<std::string, uint32_t, std::less<>> ids_; // of "func get"
};

}
