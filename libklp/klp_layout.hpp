// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/patch_file.hpp>
#include <span>

namespace klp {

// The places of the fields that lead to a patch's functions on their stacks. The livepatch core
// uses these fields for itself, and no module sets them.
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

// The places of the fields that hold the handlers of ftrace.
struct HandlerLayout {
	struct {
		size_t size, hlist, list, addr, pre_handler, flags;
	} kprobe; // struct kprobe
	struct {
		size_t size, func, next;
	} ftrace_ops; // struct ftrace_ops
};

// The layouts of struct klp_patch and its parts from a kernel's BTF: the fields that a module
// sets, those of the livepatch core, and those of other users of a function. ENOENT where the
// kernel has no BTF or the BTF lacks them; EBADMSG for a malformed BTF.
struct KernelLayouts {
	Result<KlpLayout> patch;
	Result<StackLayout> stacks;
	Result<HandlerLayout> handlers;
};
KernelLayouts read_layouts(const std::string &btf_path);
// name is for the message about a malformed BTF.
KernelLayouts read_layouts(std::span<const std::byte> btf, const std::string &name);

}
