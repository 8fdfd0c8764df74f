// SPDX-License-Identifier: LGPL-2.1-or-later
#include "btf_types.hpp"
#include "../memory_file.hpp"
#include "../try.hpp"

#include <bpf/btf.h>
#include <cerrno>
#include <cstring>

namespace klp {

namespace {

// A module's BTF reads that of the kernel.
struct Owner {
	~Owner()
	{
		btf__free(own);
		btf__free(base);
	}
	btf *base = nullptr, *own = nullptr;
};

std::string_view name_at(const btf *btf, uint32_t offset)
{
	const char *text = btf__name_by_offset(btf, offset);
	return text ? text : "";
}

std::vector<Type::Member> members(const btf *btf, const btf_type *from)
{
	std::vector<Type::Member> members;
	for (unsigned i = 0; i < btf_vlen(from); i++)
		members.push_back({name_at(btf, btf_members(from)[i].name_off),
				   btf_members(from)[i].type, btf_member_bit_offset(from, i),
				   btf_member_bitfield_size(from, i)});
	return members;
}

std::vector<Type::Member> parameters(const btf_type *from)
{
	std::vector<Type::Member> parameters;
	for (unsigned i = 0; i < btf_vlen(from); i++)
		parameters.push_back({"", btf_params(from)[i].type, 0, 0});
	return parameters;
}

std::vector<Type::Value> values(const btf *btf, const btf_type *from)
{
	std::vector<Type::Value> values;
	for (unsigned i = 0; i < btf_vlen(from); i++) {
		if (btf_kind(from) == BTF_KIND_ENUM64) {
			const struct btf_enum64 &value = btf_enum64(from)[i];
			values.push_back({name_at(btf, value.name_off),
					  uint64_t{value.val_hi32} << 32 | value.val_lo32});
		} else {
			const struct btf_enum &value = btf_enum(from)[i];
			values.push_back(
				{name_at(btf, value.name_off), static_cast<uint32_t>(value.val)});
		}
	}
	return values;
}

Type::Kind kind_of(const btf_type *from)
{
	switch (btf_kind(from)) {
	case BTF_KIND_INT:
		return Type::Kind::integer;
	case BTF_KIND_FLOAT:
		return Type::Kind::floating;
	case BTF_KIND_PTR:
		return Type::Kind::pointer;
	case BTF_KIND_ARRAY:
		return Type::Kind::array;
	case BTF_KIND_STRUCT:
		return Type::Kind::structure;
	case BTF_KIND_UNION:
		return Type::Kind::unions;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return Type::Kind::enumeration;
	case BTF_KIND_FWD:
		return Type::Kind::forward;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return Type::Kind::alias;
	case BTF_KIND_FUNC_PROTO:
		return Type::Kind::function;
	default: // functions, variables, sections and tags are no types of C
		return Type::Kind::nothing;
	}
}

// A btf_type has a size or a type, as its kind has it.
Type type_of(const btf *btf, const btf_type *from)
{
	Type type;
	type.kind = kind_of(from);
	type.name = name_at(btf, from->name_off);
	switch (type.kind) {
	case Type::Kind::array:
		type.target = btf_array(from)->type;
		type.size = btf_array(from)->nelems;
		break;
	case Type::Kind::structure:
	case Type::Kind::unions:
		type.size = from->size;
		type.members = members(btf, from);
		break;
	case Type::Kind::enumeration:
		type.size = from->size;
		type.values = values(btf, from);
		break;
	case Type::Kind::integer:
	case Type::Kind::floating:
		type.size = from->size;
		break;
	case Type::Kind::function:
		type.target = from->type;
		type.members = parameters(from);
		break;
	case Type::Kind::pointer:
	case Type::Kind::alias:
		type.target = from->type;
		break;
	case Type::Kind::nothing:
	case Type::Kind::forward:
		break;
	}
	return type;
}

using Names = std::set<std::string, std::less<>>;

// wanted: nullptr for all names.
TypeTable table_of(const std::shared_ptr<const Owner> &owner, TypeId first, const Names *wanted)
{
	const btf *btf = owner->own;
	unsigned count = btf__type_cnt(btf);
	TypeTable types(
		owner, count, [btf](TypeId id) { return type_of(btf, btf__type_by_id(btf, id)); },
		first);
	for (unsigned id = first; id < count; id++) {
		const btf_type *type = btf__type_by_id(btf, id);
		Type::Kind kind = kind_of(type);
		bool is_function = btf_is_func(type);
		if (!is_function && kind != Type::Kind::structure && kind != Type::Kind::unions &&
		    kind != Type::Kind::enumeration)
			continue;
		std::string_view name = name_at(btf, type->name_off);
		if (name.empty() || (wanted && !wanted->contains(name)))
			continue;
		if (is_function)
			types.add_function(name, type->type);
		else
			types.add_named(name, id);
	}
	return types;
}

}

// libbpf 1.1 reads a BTF that continues another one from a file only.
static Result<btf *> parse_split(std::span<const std::byte> bytes, btf *base)
{
	UniqueFd file = TRY(file_in_memory(bytes));
	std::string path = "/proc/self/fd/" + std::to_string(file.get());
	return btf__parse_raw_split(path.c_str(), base);
}

// base is empty for the BTF of vmlinux.
static Result<std::shared_ptr<const Owner>>
open(std::span<const std::byte> bytes, std::span<const std::byte> base, const std::string &name)
{
	if (bytes.empty())
		return fail(ENOENT, "%s: there is no BTF", name.c_str());
	auto owner = std::make_shared<Owner>();
	if (!base.empty())
		owner->base = btf__new(base.data(), base.size());
	if (base.empty())
		owner->own = btf__new(bytes.data(), bytes.size());
	else if (owner->base)
		owner->own = TRY(parse_split(bytes, owner->base));
	if (!owner->own)
		return fail(EBADMSG, "%s: malformed BTF: %s", name.c_str(), strerror(errno));
	return owner;
}

Result<TypeTable> read_btf_types(std::span<const std::byte> bytes, std::span<const std::byte> base,
				 const std::string &name,
				 const std::set<std::string, std::less<>> &wanted)
{
	std::shared_ptr<const Owner> owner = TRY(open(bytes, base, name));
	return table_of(owner, 1, &wanted);
}

Result<TypeTable> read_patch_btf(std::span<const std::byte> bytes, std::span<const std::byte> base,
				 const std::string &name)
{
	std::shared_ptr<const Owner> owner = TRY(open(bytes, base, name));
	return table_of(owner, owner->base ? btf__type_cnt(owner->base) : 1, nullptr);
}

}
