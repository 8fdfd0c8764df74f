// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/patch_file.hpp>

namespace klp {

// Where a kernel keeps what it needs to find a patch's functions on their stacks:
// fields that the livepatch core has for itself, and no module sets.
struct StackLayout {
	struct {
		size_t size, mod, list, obj_list;
	} patch; // struct klp_patch
	struct {
		size_t size, name, func_list, node;
	} object; // struct klp_object
	struct {
		size_t size, old_name, old_sympos, new_func, old_func, node, stack_node, nop,
			transition;
	} func; // struct klp_func
	struct {
		size_t size, node, func_stack, fops;
	} ops; // struct klp_ops
	struct {
		size_t size, flags;
	} ftrace; // struct ftrace_ops
	struct {
		size_t size, name;
	} module; // struct module
};

// Where a kernel keeps the handlers that ftrace calls.
struct HandlerLayout {
	struct {
		size_t size, hlist, list, addr, pre_handler, flags;
	} kprobe; // struct kprobe
	struct {
		size_t size, func, next;
	} ftrace_ops; // struct ftrace_ops
};

// What a kernel's BTF tells of struct klp_patch and its parts: as a module has them, and as
// the livepatch core has, and of who else is on a function. ENOENT where there is no BTF or it does
// not have them; EBADMSG for a BTF that is malformed.
struct KernelLayouts {
	Result<KlpLayout> patch;
	Result<StackLayout> stacks;
	Result<HandlerLayout> handlers;
};
KernelLayouts read_layouts(const std::string &btf_path);

}
