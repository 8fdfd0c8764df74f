// SPDX-License-Identifier: LGPL-2.1-or-later
#include "types.hpp"
#include "../libklp/try.hpp"
#include "jobs.hpp"

#include <bpf/btf.h>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <map>
#include <memory>

namespace klp {

namespace {

struct BtfFree {
	void operator()(btf *types) const { btf__free(types); }
};
using Btf = std::unique_ptr<btf, BtfFree>;

Result<Btf> read_types(const std::string &object)
{
	std::string path = object + ".btf";
	Job job = {.command = "pahole -J --btf_encode_detached=" + shell_word(path) + " " +
			      shell_word(object),
		   .folder = "",
		   .what = "read the types of '" + object + "'"};
	TRY(output_of(job));
	Btf types(btf__parse_raw(path.c_str()));
	if (!types)
		return fail(EBADMSG, "%s: malformed BTF: %s", path.c_str(), strerror(errno));
	return types;
}

[[gnu::format(printf, 1, 2)]] std::string text(const char *format, ...)
{
	char buffer[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(buffer, sizeof(buffer), format, arguments);
	va_end(arguments);
	return buffer;
}

struct Field {
	uint32_t bit, bits; // bits: 0 without a bit field
	int64_t size; // in bytes, of its type
};

// The fields of a structure by name; fields of an unnamed structure within it count, too.
void collect(const btf *types, const btf_type *type, uint32_t base,
	     std::map<std::string, Field> *fields)
{
	for (unsigned i = 0; i < btf_vlen(type); i++) {
		const btf_member &member = btf_members(type)[i];
		const char *name = btf__name_by_offset(types, member.name_off);
		uint32_t bit = base + btf_member_bit_offset(type, i);
		int id = btf__resolve_type(types, member.type);
		const btf_type *inner = id < 0 ? nullptr : btf__type_by_id(types, id);
		if (*name == '\0' && inner && btf_is_composite(inner))
			collect(types, inner, bit, fields);
		else
			(*fields)[name] = {bit, btf_member_bitfield_size(type, i),
					   btf__resolve_size(types, member.type)};
	}
}

std::string compare_composite(const btf *before, const btf_type *old, const btf *after,
			      const btf_type *fresh)
{
	std::map<std::string, Field> old_fields, new_fields;
	collect(before, old, 0, &old_fields);
	collect(after, fresh, 0, &new_fields);
	for (const auto &[name, field] : old_fields) {
		auto other = new_fields.find(name);
		if (other == new_fields.end())
			return text("'%s' is gone", name.c_str());
		if (other->second.bit != field.bit)
			return text("'%s' is at byte %u instead of %u", name.c_str(),
				    other->second.bit / 8, field.bit / 8);
		if (other->second.bits != field.bits || other->second.size != field.size)
			return text("'%s' has another size", name.c_str());
	}
	for (const auto &[name, field] : new_fields) {
		if (!old_fields.contains(name))
			return text("'%s' is new, at byte %u", name.c_str(), field.bit / 8);
	}
	if (old->size != fresh->size)
		return text("it has %u bytes instead of %u", fresh->size, old->size);
	return "";
}

std::string compare_enum(const btf *before, const btf_type *old, const btf *after,
			 const btf_type *fresh, std::set<std::string> *moved)
{
	std::map<std::string, int> values;
	for (unsigned i = 0; i < btf_vlen(fresh); i++)
		values[btf__name_by_offset(after, btf_enum(fresh)[i].name_off)] =
			btf_enum(fresh)[i].val;
	std::string first;
	for (unsigned i = 0; i < btf_vlen(old); i++) {
		const char *name = btf__name_by_offset(before, btf_enum(old)[i].name_off);
		auto other = values.find(name);
		if (other == values.end() || other->second == btf_enum(old)[i].val)
			continue;
		moved->insert(name);
		if (first.empty())
			first = text("'%s' is %d instead of %d", name, other->second,
				     btf_enum(old)[i].val);
	}
	return first;
}

}

Result<std::vector<LayoutChange>> compare_layouts(const std::string &before,
						  const std::string &after)
{
	Btf old_types = TRY(read_types(before));
	Btf new_types = TRY(read_types(after));
	std::vector<LayoutChange> changes;
	for (unsigned id = 1; id < btf__type_cnt(old_types.get()); id++) {
		const btf_type *old = btf__type_by_id(old_types.get(), id);
		const char *name = btf__name_by_offset(old_types.get(), old->name_off);
		uint32_t kind = btf_kind(old);
		bool composite = btf_is_composite(old);
		if (*name == '\0' || (!composite && kind != BTF_KIND_ENUM))
			continue;
		int other = btf__find_by_name_kind(new_types.get(), name, kind);
		if (other < 0)
			continue;
		const btf_type *fresh = btf__type_by_id(new_types.get(), other);
		std::set<std::string> moved;
		std::string what =
			composite ? compare_composite(old_types.get(), old, new_types.get(), fresh)
				  : compare_enum(old_types.get(), old, new_types.get(), fresh,
						 &moved);
		const char *word = kind == BTF_KIND_STRUCT  ? "struct "
				   : kind == BTF_KIND_UNION ? "union "
							    : "enum ";
		if (!what.empty())
			changes.push_back({std::string(word) + name, what, std::move(moved)});
	}
	return changes;
}

// A type in words, down to the names of structures.
static std::string words_of(const btf *types, uint32_t id)
{
	const btf_type *type = btf__type_by_id(types, id);
	if (id == 0 || !type)
		return "void";
	std::string name = btf__name_by_offset(types, type->name_off);
	std::string words = std::to_string(btf_kind(type)) + ' ' + name;
	if (btf_is_ptr(type) || btf_is_mod(type))
		return words + " (" + words_of(types, type->type) + ")";
	if (btf_is_array(type))
		return words + " [" + std::to_string(btf_array(type)->nelems) + "] " +
		       words_of(types, btf_array(type)->type);
	if (btf_is_func_proto(type)) {
		words += words_of(types, type->type);
		for (unsigned i = 0; i < btf_vlen(type); i++)
			words += ", " + words_of(types, btf_params(type)[i].type);
	}
	return words;
}

Result<std::set<std::string>> functions_of_one_type(const std::string &before,
						    const std::string &after)
{
	Btf old_types = TRY(read_types(before));
	Btf new_types = TRY(read_types(after));
	std::set<std::string> same;
	for (unsigned id = 1; id < btf__type_cnt(old_types.get()); id++) {
		const btf_type *old = btf__type_by_id(old_types.get(), id);
		if (!btf_is_func(old))
			continue;
		const char *name = btf__name_by_offset(old_types.get(), old->name_off);
		int other = btf__find_by_name_kind(new_types.get(), name, BTF_KIND_FUNC);
		if (other > 0 && words_of(old_types.get(), old->type) ==
					 words_of(new_types.get(),
						  btf__type_by_id(new_types.get(), other)->type))
			same.insert(name);
	}
	return same;
}

}
