// SPDX-License-Identifier: LGPL-2.1-or-later
// kernel/livepatch keeps two lists. klp_patches holds each patch, with its objects and their
// functions (struct klp_func). klp_ops holds each redirected old function, with a stack of the
// klp_funcs that replace it: klp_ftrace_handler() sends a call to the first of them. The first
// klp_func and its patch therefore tell where calls go:
//
//	klp_patches -> fix    -> vmlinux -> A{f, new_func}      klp_ops -> {ops} -> B -> A
//	            -> again  -> vmlinux -> B{f, new_func}      calls to f reach again's B
//
// libklp cannot lock these lists. A reading counts if each link was held from both sides, every
// pointer led to memory, each entry of a stack belongs to some patch, and another reading found
// exactly the same.
#include "redirect_stacks.hpp"
#include "agreed.hpp"
#include "try.hpp"

#include <cerrno>
#include <cstring>
#include <map>

namespace klp {

namespace {

constexpr size_t most_entries = 1 << 16; // of all lists together
constexpr size_t longest_name = 512; // KSYM_NAME_LEN
constexpr size_t module_name_size = 64 - sizeof(long); // MODULE_NAME_LEN

template <class T> T field(const std::vector<std::byte> &record, size_t offset)
{
	T value = {};
	if (offset <= record.size() && sizeof(value) <= record.size() - offset)
		memcpy(&value, record.data() + offset, sizeof(value));
	return value;
}

class Reading {
public:
	Reading(const KernelMemory &memory, const StackLayout &layout)
	    : memory_(memory), layout_(layout)
	{
	}

	Result<> read_patches(uint64_t head);
	Result<> read_stacks(uint64_t head);
	std::vector<Redirect> redirects() && { return std::move(redirects_); }

private:
	// The entries of the list at head that begin this far before their links.
	Result<std::vector<uint64_t>> list(uint64_t head, size_t link);
	Result<std::vector<std::byte>> record(uint64_t address, size_t size) const;
	Result<std::string> string(uint64_t address, size_t limit) const;
	Result<> read_object(const std::string &patch, uint64_t address);
	Result<> read_function(const std::string &patch, const std::string &object,
			       uint64_t address);
	Result<> read_stack(uint64_t address);

	const KernelMemory &memory_;
	const StackLayout &layout_;
	std::vector<Redirect> redirects_;
	std::map<uint64_t, size_t> functions_; // index in redirects_, by klp_func
	size_t entries_ = 0;
};

Result<std::vector<uint64_t>> Reading::list(uint64_t head, size_t link)
{
	std::vector<uint64_t> entries;
	struct {
		uint64_t next, prev;
	} links;
	TRY(memory_.read(head, &links, sizeof(links)));
	for (uint64_t before = head, at = links.next; at != head; at = links.next) {
		TRY(memory_.read(at, &links, sizeof(links)));
		if (links.prev != before)
			return fail(EBADMSG, "a list's links disagree at %#llx",
				    static_cast<unsigned long long>(at));
		if (++entries_ > most_entries)
			return fail(EBADMSG, "a list is too long, or has a cycle");
		entries.push_back(at - link);
		before = at;
	}
	return entries;
}

Result<std::vector<std::byte>> Reading::record(uint64_t address, size_t size) const
{
	std::vector<std::byte> bytes(size);
	TRY(memory_.read(address, bytes.data(), size));
	return bytes;
}

Result<std::string> Reading::string(uint64_t address, size_t limit) const
{
	std::string text;
	while (text.size() < limit) {
		// A read never crosses a page: the next page may not be there.
		char part[64];
		size_t left = std::min(limit - text.size(), 4096 - (address & 4095));
		size_t size = std::min(sizeof(part), left);
		TRY(memory_.read(address, part, size));
		size_t length = strnlen(part, size);
		text.append(part, length);
		if (length < size)
			return text;
		address += size;
	}
	return fail(EBADMSG, "a name does not end within %zu letters", limit);
}

Result<> Reading::read_patches(uint64_t head)
{
	std::vector<uint64_t> patches = TRY(list(head, layout_.patch.list));
	for (uint64_t address : patches) {
		std::vector<std::byte> patch = TRY(record(address, layout_.patch.size));
		uint64_t module = field<uint64_t>(patch, layout_.patch.mod);
		std::string name = TRY(string(module + layout_.module.name, module_name_size));
		std::vector<uint64_t> objects =
			TRY(list(address + layout_.patch.obj_list, layout_.object.node));
		for (uint64_t object : objects)
			TRY(read_object(name, object));
	}
	return {};
}

Result<> Reading::read_object(const std::string &patch, uint64_t address)
{
	std::vector<std::byte> object = TRY(record(address, layout_.object.size));
	uint64_t name_at = field<uint64_t>(object, layout_.object.name);
	std::string name = "vmlinux";
	if (name_at)
		name = TRY(string(name_at, module_name_size));
	std::vector<uint64_t> functions =
		TRY(list(address + layout_.object.func_list, layout_.func.node));
	for (uint64_t function : functions)
		TRY(read_function(patch, name, function));
	return {};
}

Result<> Reading::read_function(const std::string &patch, const std::string &object,
				uint64_t address)
{
	std::vector<std::byte> function = TRY(record(address, layout_.func.size));
	Redirect redirect;
	redirect.patch = patch;
	redirect.object = object;
	redirect.function =
		TRY(string(field<uint64_t>(function, layout_.func.old_name), longest_name));
	redirect.sympos = std::max<uint64_t>(1, field<uint64_t>(function, layout_.func.old_sympos));
	redirect.old_function = field<uint64_t>(function, layout_.func.old_func);
	redirect.new_function = field<uint64_t>(function, layout_.func.new_func);
	redirect.is_nop = field<uint8_t>(function, layout_.func.nop);
	redirect.in_transition = field<uint8_t>(function, layout_.func.transition);
	functions_[address] = redirects_.size();
	redirects_.push_back(std::move(redirect));
	return {};
}

Result<> Reading::read_stacks(uint64_t head)
{
	std::vector<uint64_t> stacks = TRY(list(head, layout_.ops.node));
	for (uint64_t stack : stacks)
		TRY(read_stack(stack));
	return {};
}

Result<> Reading::read_stack(uint64_t address)
{
	constexpr uint64_t is_enabled = 1; // FTRACE_OPS_FL_ENABLED, bit 0 since it is there
	std::vector<std::byte> ops = TRY(record(address, layout_.ops.size));
	uint64_t flags = field<uint64_t>(ops, layout_.ops.fops + layout_.ftrace.flags);
	std::vector<uint64_t> functions =
		TRY(list(address + layout_.ops.func_stack, layout_.func.stack_node));
	uint64_t old_function = 0;
	for (size_t i = 0; i < functions.size(); i++) {
		auto known = functions_.find(functions[i]);
		if (known == functions_.end())
			return fail(EBADMSG, "no livepatch has the function at %#llx",
				    static_cast<unsigned long long>(functions[i]));
		Redirect &redirect = redirects_[known->second];
		if (i > 0 && redirect.old_function != old_function)
			return fail(EBADMSG, "one func_stack has entries of several functions");
		old_function = redirect.old_function;
		redirect.position = i;
		redirect.is_registered = flags & is_enabled;
	}
	return {};
}

Result<std::vector<Redirect>> read_once(const KernelMemory &memory, const StackLayout &layout,
					uint64_t patches, uint64_t stacks)
{
	Reading reading(memory, layout);
	TRY(reading.read_patches(patches));
	TRY(reading.read_stacks(stacks));
	return std::move(reading).redirects();
}

}

Result<std::vector<Redirect>> read_redirects(const KernelMemory &memory,
					     const SymbolTable &kallsyms, const StackLayout &layout)
{
	uint64_t patches = TRY(address_of(kallsyms, "klp_patches"));
	uint64_t stacks = TRY(address_of(kallsyms, "klp_ops"));
	return agreed<std::vector<Redirect>>(
		"livepatch's lists", [&] { return read_once(memory, layout, patches, stacks); });
}

}
