// SPDX-License-Identifier: LGPL-2.1-or-later
#include "klp_layout.hpp"
#include "file.hpp"
#include "try.hpp"

#include <bpf/btf.h>
#include <cerrno>
#include <cstring>
#include <memory>

namespace klp {

namespace {

struct Field {
	const char *name;
	size_t *offset;
};

Result<> read_struct(const btf *types, const char *name, size_t *size,
		     std::initializer_list<Field> fields)
{
	int id = btf__find_by_name_kind(types, name, BTF_KIND_STRUCT);
	if (id < 0)
		return fail(ENOENT, "the kernel's BTF has no struct %s", name);
	const btf_type *type = btf__type_by_id(types, id);
	*size = type->size;
	for (const Field &field : fields) {
		bool found = false;
		for (unsigned i = 0; i < btf_vlen(type) && !found; i++) {
			const btf_member &member = btf_members(type)[i];
			if (strcmp(btf__name_by_offset(types, member.name_off), field.name) != 0)
				continue;
			*field.offset = btf_member_bit_offset(type, i) / 8;
			found = true;
		}
		if (!found)
			return fail(ENOENT, "the kernel's struct %s has no field %s", name,
				    field.name);
	}
	return {};
}

using Types = std::unique_ptr<btf, void (*)(btf *)>;

constexpr size_t btf_limit = 256 << 20;

Result<Types> parse_types(std::span<const std::byte> bytes, const std::string &name)
{
	if (bytes.empty())
		return fail(ENOENT, "%s: there is no BTF", name.c_str());
	Types types(btf__new(bytes.data(), bytes.size()), btf__free);
	if (!types)
		return fail(EBADMSG, "%s: malformed BTF: %s", name.c_str(), strerror(errno));
	return types;
}

Result<KlpLayout> read_klp_layout(const Types &types)
{
	KlpLayout layout;
	TRY(read_struct(types.get(), "klp_patch", &layout.patch.size,
			{{"mod", &layout.patch.mod},
			 {"objs", &layout.patch.objs},
			 {"states", &layout.patch.states},
			 {"replace", &layout.patch.replace}}));
	TRY(read_struct(types.get(), "klp_object", &layout.object.size,
			{{"name", &layout.object.name},
			 {"funcs", &layout.object.funcs},
			 {"callbacks", &layout.object.callbacks}}));
	TRY(read_struct(types.get(), "klp_func", &layout.func.size,
			{{"old_name", &layout.func.old_name},
			 {"new_func", &layout.func.new_func},
			 {"old_sympos", &layout.func.old_sympos}}));
	TRY(read_struct(types.get(), "klp_state", &layout.state.size,
			{{"id", &layout.state.id}, {"version", &layout.state.version}}));
	return layout;
}

Result<StackLayout> read_stack_layout(const Types &types)
{
	StackLayout layout;
	TRY(read_struct(types.get(), "klp_patch", &layout.patch.size,
			{{"mod", &layout.patch.mod},
			 {"list", &layout.patch.list},
			 {"obj_list", &layout.patch.obj_list}}));
	TRY(read_struct(types.get(), "klp_object", &layout.object.size,
			{{"name", &layout.object.name},
			 {"func_list", &layout.object.func_list},
			 {"node", &layout.object.node}}));
	TRY(read_struct(types.get(), "klp_func", &layout.func.size,
			{{"old_name", &layout.func.old_name},
			 {"old_sympos", &layout.func.old_sympos},
			 {"new_func", &layout.func.new_func},
			 {"old_func", &layout.func.old_func},
			 {"node", &layout.func.node},
			 {"stack_node", &layout.func.stack_node},
			 {"nop", &layout.func.nop},
			 {"transition", &layout.func.transition}}));
	TRY(read_struct(types.get(), "klp_ops", &layout.ops.size,
			{{"node", &layout.ops.node},
			 {"func_stack", &layout.ops.func_stack},
			 {"fops", &layout.ops.fops}}));
	TRY(read_struct(types.get(), "ftrace_ops", &layout.ftrace.size,
			{{"flags", &layout.ftrace.flags}}));
	TRY(read_struct(types.get(), "module", &layout.module.size,
			{{"name", &layout.module.name}}));
	return layout;
}

Result<HandlerLayout> read_handler_layout(const Types &types)
{
	HandlerLayout layout;
	TRY(read_struct(types.get(), "kprobe", &layout.kprobe.size,
			{{"hlist", &layout.kprobe.hlist},
			 {"list", &layout.kprobe.list},
			 {"addr", &layout.kprobe.addr},
			 {"pre_handler", &layout.kprobe.pre_handler},
			 {"flags", &layout.kprobe.flags}}));
	TRY(read_struct(types.get(), "ftrace_ops", &layout.ftrace_ops.size,
			{{"func", &layout.ftrace_ops.func}, {"next", &layout.ftrace_ops.next}}));
	return layout;
}

}

static KernelLayouts no_layouts(const Error &error)
{
	return {std::unexpected(error), std::unexpected(error), std::unexpected(error)};
}

KernelLayouts read_layouts(std::span<const std::byte> btf, const std::string &name)
{
	Result<Types> types = parse_types(btf, name);
	if (!types)
		return no_layouts(types.error());
	return {read_klp_layout(*types), read_stack_layout(*types), read_handler_layout(*types)};
}

KernelLayouts read_layouts(const std::string &btf_path)
{
	Result<std::vector<std::byte>> bytes = read_bytes(btf_path, btf_limit);
	if (!bytes)
		return no_layouts(bytes.error());
	return read_layouts(*bytes, btf_path);
}

}
