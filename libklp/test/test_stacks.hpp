// SPDX-License-Identifier: LGPL-2.1-or-later
// livepatch's own lists as they are in a kernel's memory, with those of ftrace's users, and the
// BTF that describes them.
#pragma once

#include "../klp_layout.hpp"
#include "test_btf.hpp"
#include "test_elf.hpp"

#include <map>
#include <vector>

namespace klp::test {

// Offsets that no kernel has, and that differ from each other, so that a mistaken one shows.
inline constexpr StackLayout stack_layout = {
	.patch = {.size = 0x60, .mod = 0x08, .list = 0x18, .obj_list = 0x40},
	.object = {.size = 0x48, .name = 0x00, .func_list = 0x10, .node = 0x28},
	.func = {.size = 0x80,
		 .old_name = 0x10,
		 .old_sympos = 0x08,
		 .new_func = 0x18,
		 .old_func = 0x20,
		 .node = 0x38,
		 .stack_node = 0x50,
		 .nop = 0x71,
		 .transition = 0x73},
	.ops = {.size = 0xa0, .node = 0x08, .func_stack = 0x28, .fops = 0x40},
	.ftrace = {.size = 0x50, .flags = 0x18},
	.module = {.size = 0x80, .name = 0x20},
};
inline constexpr HandlerLayout handler_layout = {
	.kprobe = {.size = 0x60,
		   .hlist = 0x08,
		   .list = 0x18,
		   .addr = 0x30,
		   .pre_handler = 0x38,
		   .flags = 0x48},
	.ftrace_ops = {.size = 0x50, .func = 0x08, .next = 0x28},
};

inline std::string stack_types()
{
	Types types;
	const StackLayout &at = stack_layout;
	types.add(
		"klp_patch", 0x60,
		{{"mod", at.patch.mod}, {"list", at.patch.list}, {"obj_list", at.patch.obj_list}});
	types.add("klp_object", 0x48,
		  {{"name", at.object.name},
		   {"func_list", at.object.func_list},
		   {"node", at.object.node}});
	types.add("klp_func", 0x80,
		  {{"old_name", at.func.old_name},
		   {"old_sympos", at.func.old_sympos},
		   {"new_func", at.func.new_func},
		   {"old_func", at.func.old_func},
		   {"node", at.func.node},
		   {"stack_node", at.func.stack_node},
		   {"nop", at.func.nop},
		   {"transition", at.func.transition}});
	types.add(
		"klp_ops", 0xa0,
		{{"node", at.ops.node}, {"func_stack", at.ops.func_stack}, {"fops", at.ops.fops}});
	const HandlerLayout &handlers = handler_layout;
	types.add("ftrace_ops", 0x50,
		  {{"flags", at.ftrace.flags},
		   {"func", handlers.ftrace_ops.func},
		   {"next", handlers.ftrace_ops.next}});
	types.add("kprobe", 0x60,
		  {{"hlist", handlers.kprobe.hlist},
		   {"list", handlers.kprobe.list},
		   {"addr", handlers.kprobe.addr},
		   {"pre_handler", handlers.kprobe.pre_handler},
		   {"flags", handlers.kprobe.flags}});
	types.add("module", 0x80, {{"name", at.module.name}});
	return types.bytes();
}

class Stacks {
public:
	static constexpr uint64_t base = 0xffffffff82000000;
	static constexpr uint64_t patches = base + 0x1000, ops = base + 0x1010;
	static constexpr const char *kallsyms = "ffffffff82001000 D klp_patches\n"
						"ffffffff82001010 d klp_ops\n"
						"ffffffff82001020 b kprobe_table\n"
						"ffffffff82001220 d ftrace_ops_list\n"
						"ffffffff82001228 d ftrace_list_end\n";
	static constexpr uint64_t kprobes = base + 0x1020, ftrace_ops_list = base + 0x1220,
				  ftrace_list_end = base + 0x1228;

	struct Function {
		const char *name; // "vmlinux/f,1"
		uint64_t old_function;
		bool is_nop = false;
		bool in_transition = false;
	};

	Stacks()
	{
		memory_.resize(0x1280);
		link(patches, {});
		link(ops, {});
		set(ftrace_ops_list, ftrace_list_end);
	}

	// In the order of loading.
	void patch(const std::string &name, const std::vector<Function> &functions)
	{
		const StackLayout &at = stack_layout;
		uint64_t module = allocate(at.module.size);
		write(module + at.module.name, name);
		uint64_t address = allocate(at.patch.size);
		set(address + at.patch.mod, module);
		std::map<std::string, std::vector<uint64_t>> objects;
		for (const Function &function : functions) {
			std::string whole = function.name;
			size_t slash = whole.find('/');
			uint64_t node = add_function(function, whole.substr(slash + 1));
			functions_[name + "/" + whole] = node;
			objects[whole.substr(0, slash)].push_back(node + at.func.node);
		}
		std::vector<uint64_t> object_nodes;
		for (const auto &[object, nodes] : objects) {
			uint64_t there = allocate(at.object.size);
			if (object != "vmlinux")
				set(there + at.object.name, add_string(object));
			link(there + at.object.func_list, nodes);
			object_nodes.push_back(there + at.object.node);
		}
		link(address + at.patch.obj_list, object_nodes);
		patch_nodes_.push_back(address + at.patch.list);
		link(patches, patch_nodes_);
	}

	// Each entry is as "fix/vmlinux/f,1", and calls reach the first. Returns the address of
	// struct klp_ops.
	uint64_t stack(const std::vector<std::string> &functions, uint64_t flags = 0x10801)
	{
		const StackLayout &at = stack_layout;
		uint64_t address = allocate(at.ops.size);
		set(address + at.ops.fops + at.ftrace.flags, flags);
		std::vector<uint64_t> nodes;
		for (const std::string &function : functions)
			nodes.push_back(functions_.at(function) + at.func.stack_node);
		link(address + at.ops.func_stack, nodes);
		ops_nodes_.push_back(address + at.ops.node);
		link(ops, ops_nodes_);
		return address;
	}

	// Puts a kprobe in the table; returns its address.
	uint64_t kprobe(uint64_t function, uint64_t handler, uint32_t flags = 0)
	{
		uint64_t address = loose_kprobe(function, handler, flags);
		set(address + handler_layout.kprobe.hlist, first_kprobe_);
		first_kprobe_ = address + handler_layout.kprobe.hlist;
		set(kprobes + 5 * 8, first_kprobe_);
		return address;
	}
	// Puts a kprobe behind one whose handler calls several.
	void join(uint64_t aggregate, uint64_t function, uint64_t handler)
	{
		uint64_t address = loose_kprobe(function, handler, 0);
		link(aggregate + handler_layout.kprobe.list,
		     {address + handler_layout.kprobe.list});
	}
	void ftrace_ops(uint64_t handler)
	{
		uint64_t address = allocate(handler_layout.ftrace_ops.size);
		set(address + handler_layout.ftrace_ops.func, handler);
		set(address + handler_layout.ftrace_ops.next, first_ops_);
		first_ops_ = address;
		set(ftrace_ops_list, address);
	}

	// The address of a struct klp_func.
	uint64_t address_of(const std::string &function) const { return functions_.at(function); }
	void set(uint64_t address, uint64_t value) { put(&memory_, address - base, value); }
	const std::string &memory() const { return memory_; }

private:
	uint64_t loose_kprobe(uint64_t function, uint64_t handler, uint32_t flags)
	{
		uint64_t address = allocate(handler_layout.kprobe.size);
		set(address + handler_layout.kprobe.addr, function);
		set(address + handler_layout.kprobe.pre_handler, handler);
		put(&memory_, address + handler_layout.kprobe.flags - base, flags);
		return address;
	}
	uint64_t allocate(size_t size)
	{
		uint64_t address = base + memory_.size();
		memory_.resize(memory_.size() + (size + 7) / 8 * 8);
		return address;
	}
	void write(uint64_t address, const std::string &text)
	{
		memory_.replace(address - base, text.size() + 1, text.c_str(), text.size() + 1);
	}
	uint64_t add_string(const std::string &text)
	{
		uint64_t address = allocate(text.size() + 1);
		write(address, text);
		return address;
	}
	uint64_t add_function(const Function &function, const std::string &name)
	{
		const StackLayout &at = stack_layout;
		size_t comma = name.find(',');
		uint64_t address = allocate(at.func.size);
		set(address + at.func.old_name, add_string(name.substr(0, comma)));
		set(address + at.func.old_sympos, std::stoul(name.substr(comma + 1)));
		set(address + at.func.old_func, function.old_function);
		set(address + at.func.new_func, address);
		memory_[address - base + at.func.nop] = function.is_nop;
		memory_[address - base + at.func.transition] = function.in_transition;
		return address;
	}
	void link(uint64_t head, const std::vector<uint64_t> &nodes)
	{
		uint64_t before = head;
		for (uint64_t node : nodes) {
			set(before, node);
			set(node + 8, before);
			before = node;
		}
		set(before, head);
		set(head + 8, before);
	}

	std::string memory_;
	std::map<std::string, uint64_t> functions_;
	std::vector<uint64_t> patch_nodes_, ops_nodes_;
	uint64_t first_kprobe_ = 0, first_ops_ = ftrace_list_end;
};

}
