// SPDX-License-Identifier: LGPL-2.1-or-later
#include "type_ids.hpp"
#include "../libklp/try.hpp"
#include "sections.hpp"

#include <bpf/btf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace klp {

static constexpr std::string_view prefix = "__BTF_ID__";

bool has_type_ids(std::string_view section)
{
	return has_fate(section, SectionFate::type_ids);
}

bool is_type_list(const Object &object, const Piece &piece)
{
	return has_type_ids(object.section_name(piece));
}

bool is_type_id(std::string_view symbol)
{
	return symbol.starts_with(prefix);
}

struct TypeIds::Member {
	uint64_t offset; // in its list
	uint64_t size;
	std::string_view kind; // "func"; of a set's head "set" or "set8"
	std::string_view name;

	bool is_head() const { return kind.starts_with("set"); }
};

// "func" and "bpf_rdonly_cast" of __BTF_ID__func__bpf_rdonly_cast__106811534, whose number
// is __COUNTER__ and the line; "set" and "hooks" of __BTF_ID__set__hooks, which has none.
std::vector<TypeIds::Member> TypeIds::members_of(const Object &object, const Piece &list)
{
	std::vector<Member> members;
	for (const ElfSymbol &symbol : object.elf().symbols()) {
		if (symbol.section != list.section || !is_type_id(symbol.name) ||
		    symbol.value < list.start || symbol.value >= list.start + list.size)
			continue;
		std::string_view text = symbol.name.substr(prefix.size());
		size_t end = std::min(text.find("__"), text.size());
		Member member = {symbol.value - list.start, symbol.size, text.substr(0, end),
				 text.substr(std::min(end + 2, text.size()))};
		if (!member.is_head())
			member.name = member.name.substr(0, member.name.rfind("__"));
		members.push_back(member);
	}
	std::ranges::stable_sort(members, {}, &Member::offset);
	return members;
}

std::string meaning_of(const Object &object, const Piece &list)
{
	std::string meaning(reinterpret_cast<const char *>(list.bytes.data()), list.bytes.size());
	for (const TypeIds::Member &member : TypeIds::members_of(object, list)) {
		meaning += '\n' + std::to_string(member.offset) + '+';
		meaning += std::to_string(member.size) + ' ';
		meaning += std::string(member.kind) + ' ' + std::string(member.name);
	}
	return meaning;
}

// resolve_btfids also takes the first of several types with one name.
Result<TypeIds> TypeIds::parse(std::span<const std::byte> btf)
{
	if (btf.empty())
		return fail(ENOENT, "the kernel has no BTF");
	std::unique_ptr<struct btf, void (*)(struct btf *)> types(btf__new(btf.data(), btf.size()),
								  btf__free);
	if (!types)
		return fail(EINVAL, "the kernel's BTF cannot be read: %s", strerror(errno));
	TypeIds ids;
	for (uint32_t id = 1; id < btf__type_cnt(types.get()); id++) {
		const btf_type *type = btf__type_by_id(types.get(), id);
		const char *kind = btf_is_func(type)	  ? "func "
				   : btf_is_struct(type)  ? "struct "
				   : btf_is_typedef(type) ? "typedef "
				   : btf_is_union(type)	  ? "union "
							  : nullptr;
		if (kind && type->name_off != 0)
			ids.ids_.emplace(std::string(kind) +
						 btf__str_by_offset(types.get(), type->name_off),
					 id);
	}
	return ids;
}

Result<uint32_t> TypeIds::id_of(const Member &member) const
{
	std::string name = std::string(member.kind) + ' ' + std::string(member.name);
	auto id = ids_.find(name);
	if (id == ids_.end())
		return fail(ENOENT, "the kernel's BTF has no %s", name.c_str());
	return id->second;
}

// struct btf_id_set: how many, then the ids, sorted. struct btf_id_set8: how many, flags, then
// ids with flags, sorted by id.
static Result<> finish_set(std::string_view kind, std::string_view name, std::span<std::byte> set)
{
	size_t begin = kind == "set8" ? 8 : 4, each = begin;
	if (set.size() < begin || (set.size() - begin) % each != 0)
		return fail(EBADMSG, "the set '%.*s' has %zu bytes", static_cast<int>(name.size()),
			    name.data(), set.size());
	std::vector<std::array<uint32_t, 2>> members((set.size() - begin) / each);
	for (size_t i = 0; i < members.size(); i++)
		memcpy(&members[i], &set[begin + i * each], each);
	std::ranges::stable_sort(members, {}, [](const auto &member) { return member[0]; });
	for (size_t i = 0; i < members.size(); i++)
		memcpy(&set[begin + i * each], &members[i], each);
	uint32_t count = members.size();
	memcpy(set.data(), &count, sizeof(count));
	return {};
}

Result<std::vector<std::byte>> TypeIds::fill_in(const Object &object, const Piece &list) const
{
	std::vector<std::byte> bytes = list.bytes;
	std::vector<Member> members = members_of(object, list);
	for (const Member &member : members) {
		size_t size = member.is_head() ? member.size : sizeof(uint32_t);
		if (size > bytes.size() - member.offset)
			return fail(EBADMSG, "'%s' has %zu bytes", list.name.c_str(), bytes.size());
		if (member.is_head())
			continue;
		uint32_t id = TRY(id_of(member));
		memcpy(&bytes[member.offset], &id, sizeof(id));
	}
	for (const Member &member : members) {
		if (member.is_head())
			TRY(finish_set(member.kind, member.name,
				       std::span(bytes).subspan(member.offset, member.size)));
	}
	return bytes;
}

}
