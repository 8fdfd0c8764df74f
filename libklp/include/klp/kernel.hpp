// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <klp/error.hpp>
#include <klp/loaded_patch.hpp>
#include <klp/patch_file.hpp>
#include <memory>
#include <optional>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// A line of /proc/modules, and what sysfs adds to it.
struct LoadedModule {
	std::string name;
	unsigned long references;
	bool live; // not Loading or Unloading
	bool is_livepatch; // carries the taint K
};

// A function that some tracer holds: a line of tracefs' enabled_functions.
struct TracedFunction {
	std::string name;
	std::string module; // "" for the kernel itself
	unsigned long users; // how many ftrace_ops are on it
	bool ip_modify; // one of them redirects: livepatch, or a kprobe that does
	bool direct; // a BPF trampoline or another direct call is on it
	bool livepatch_named; // the kernel names livepatch's handler as its only user
};

// A function of a loaded livepatch, as the kernel itself has it in memory.
struct Redirect {
	std::string patch;
	std::string object;
	std::string function;
	unsigned long sympos; // from 1
	uint64_t old_function; // its address; 0 while its module is not loaded
	uint64_t new_function; // what calls reach
	bool is_nop; // of a replacing patch that undoes another's: calls reach the old code
	bool in_transition; // each task takes it or not as its own state says
	// On the stack of those who redirect the old function: 0 is the one that calls
	// reach. None while the kernel has not put it there.
	std::optional<size_t> position;
	bool is_registered = false; // ftrace calls livepatch for the old function

	bool operator==(const Redirect &) const = default;
};

// Somebody whom ftrace calls: a kprobe, or a struct ftrace_ops.
struct FtraceUser {
	enum class Kind { kprobe, ftrace };
	Kind kind;
	uint64_t address; // where the kprobe is; 0 for an ftrace_ops, which has many
	std::string handler; // "pre_handler [module]", an address where it has no name; "": none
	bool may_redirect; // the handler is none of the kernel's own, which only look on

	bool operator==(const FtraceUser &) const = default;
};

// A function as a livepatch names it.
struct FunctionName {
	std::string object; // "vmlinux" or a module's
	std::string name;
	unsigned long sympos; // 0 is the only one of its name
};

// Where code lies in memory, [start, end).
struct CodeRange {
	enum class Part {
		whole, // from the function's symbol to the next one: what livepatch looks for on
		       // stacks
		cold, // split off by the compiler, and nothing that livepatch looks for
	};
	uint64_t start, end;
	Part part;
};

// The facts of the running kernel, each read once, at the first question for it.
// What may not be seen is an Error with EACCES, EPERM or ENOENT, never an empty
// answer. What changes while a patch goes in (livepatches, modules, traced
// functions) is read anew by each call.
//
// One thread at a time may use a Kernel; distinct ones may be used at once.
class Kernel {
public:
	// Where an object that a patch names is to be found.
	enum class Place {
		kernel, // vmlinux
		loaded, // a module in memory
		on_disk, // a module under /lib/modules/RELEASE
		absent, // a name that neither knows
	};
	enum class Traceable {
		yes,
		no,
		unclear, // some of several functions of this name are, and this kernel does not say
			 // which
	};

	// root stands before every path: "" in use, a folder with a /proc and a
	// /sys of its own in tests.
	static Result<Kernel> running(const std::string &root = "");

	Kernel(Kernel &&) noexcept;
	Kernel &operator=(Kernel &&) noexcept;
	~Kernel();

	const std::string &release() const;
	// Major and minor number in one: 6.12 is 0x60c.
	unsigned version() const;
	Result<std::string> vermagic();
	bool has_livepatch() const;
	// From the kernel's BTF, or the defaults with ENOENT where it has none.
	Result<KlpLayout> klp_layout();

	Place place(const std::string &object);
	// The file of a module under /lib/modules/RELEASE; ENOENT.
	Result<std::string> module_path(const std::string &module);
	// How many symbols of this name the livepatch core will find in an object, which is
	// at the place that place() gave: whoever asks of many symbols asks that once.
	Result<size_t> count_symbols(Place place, const std::string &object,
				     const std::string &name);
	Result<size_t> count_symbols(const std::string &object, const std::string &name)
	{
		return count_symbols(place(object), object, name);
	}
	// The names under which tracefs may list a function: a system call has three at
	// one address (__x64_sys_getpid, __ia32_sys_getpid, __do_sys_getpid), and
	// tracefs picks one. At least the name itself.
	std::vector<std::string> aliases(const std::string &object, const std::string &name,
					 unsigned long sympos);
	// sympos 0 is the only one of its name.
	Result<Traceable> traceable(Place place, const std::string &object, const std::string &name,
				    unsigned long sympos);
	Result<Traceable> traceable(const std::string &object, const std::string &name,
				    unsigned long sympos)
	{
		return traceable(place(object), object, name, sympos);
	}
	Result<bool> exports(const std::string &symbol);
	// ENODATA where neither the kernel's memory nor Module.symvers tells.
	Result<uint32_t> export_crc(const std::string &symbol);
	// In hexadecimal; object as above.
	Result<std::string> build_id(const std::string &object);

	Result<bool> ftrace_enabled();
	Result<bool> signature_enforced();
	// Whether it has the key of who signed a module: no is certain, yes is not. EACCES
	// where its keys are not shown: to root alone they are.
	Result<bool> has_key(const Signer &signer);
	// "none", "integrity" or "confidentiality".
	Result<std::string> lockdown();
	Result<bool> module_loading_disabled();

	// Of a function that is in memory: its own code first, then every cold part that
	// bears its name (two functions of one name may have theirs confused). ENOENT;
	// ENODATA where addresses are hidden.
	Result<std::vector<CodeRange>> code_of(const FunctionName &function);
	// Whose code it is: "name" or "name [module]".
	std::optional<std::string> function_at(uint64_t address);
	// Symbols are read once, as all facts. Forgets them where a module has come or gone
	// since, and says so.
	bool forget_symbols_if_stale();

	Result<std::vector<LoadedPatch>> livepatches();
	// ENOENT when there is none of this name, EINVAL where there can be none: it is empty
	// or too long, has a '/' or begins with '.'.
	Result<LoadedPatch> livepatch(const std::string &name);
	Result<std::vector<LoadedModule>> modules();
	Result<std::vector<TracedFunction>> traced_functions();
	// All functions of all livepatches. The kernel's memory has to be readable, for
	// which root is not enough under lockdown; EBADMSG or EBUSY where what was read
	// is not to be trusted.
	Result<std::vector<Redirect>> redirects();
	// Every kprobe and ftrace_ops; needs and errors as above.
	Result<std::vector<FtraceUser>> ftrace_users();

private:
	friend const std::string &root_of(const Kernel &kernel);
	struct Facts;
	explicit Kernel(std::unique_ptr<Facts> facts);
	std::unique_ptr<Facts> facts_;
};

}
