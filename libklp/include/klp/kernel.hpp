// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <klp/error.hpp>
#include <klp/ftrace.hpp>
#include <klp/function.hpp>
#include <klp/loaded_module.hpp>
#include <klp/loaded_patch.hpp>
#include <klp/patch_file.hpp>
#include <klp/redirect.hpp>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// The facts of a kernel: of the one that runs, or of one on disk. A Kernel reads each fact once, at
// the first question for it. Where the caller may not see a fact, the answer is an Error with
// EACCES, EPERM or ENOENT, never an empty value. Each call reads anew the facts that change while a
// patch loads (livepatches, modules, traced functions).
//
// A kernel on disk has its modules on disk, and none in memory. It answers ENOTSUP where only a
// running kernel knows: livepatches, modules in memory, tracers, keys, lockdown and switches.
//
// One thread at a time may use a Kernel; several threads may use distinct Kernels at once.
class Kernel {
public:
	// The place of an object that a patch names.
	enum class Place {
		kernel, // vmlinux
		loaded, // a module in memory
		on_disk, // a module under /lib/modules/RELEASE
		absent, // neither the kernel nor the disk has a module of this name
	};
	enum class Traceable {
		yes,
		no,
		unclear, // some functions of this name are, and this kernel does not tell which
	};

	// root precedes every path: "" in use; in tests, a folder with its own /proc and /sys.
	static Result<Kernel> running(const std::string &root = "");
	// The kernel of an installed release, of a folder with vmlinuz (or boot/vmlinuz-RELEASE)
	// and lib/modules, of a vmlinuz beside lib/modules (or else with the installed modules), or
	// of a profile (write_profile()). depmod(8) must have listed the modules. ENOENT where a
	// part is missing, EINVAL where a folder has several kernels; EBADMSG, EFBIG and ENOTSUP
	// where the image or profile cannot be read.
	static Result<Kernel> on_disk(const std::string &kernel);

	Kernel(Kernel &&) noexcept;
	Kernel &operator=(Kernel &&) noexcept;
	~Kernel();

	bool is_running() const;
	const std::string &release() const;
	// Major and minor number combined: 6.12 is 0x60c.
	unsigned version() const;
	Result<std::string> vermagic();
	bool has_livepatch() const;
	// From the kernel's BTF; ENOENT where the kernel has no BTF.
	Result<KlpLayout> klp_layout();

	// The BTF of vmlinux, or of a module, which continues that of vmlinux. ENOENT where there
	// is none, ENOTSUP for a profile.
	Result<std::vector<std::byte>> btf(const std::string &object);

	Place place(const std::string &object);
	// The file of a module under /lib/modules/RELEASE; ENOENT.
	Result<std::string> module_path(const std::string &module);
	// The number of symbols of this name that the livepatch core will find in an object. place
	// is the result of place(object): a caller with many symbols of one object gets the place
	// once.
	Result<size_t> count_symbols(Place place, const std::string &object,
				     const std::string &name);
	Result<size_t> count_symbols(const std::string &object, const std::string &name)
	{
		return count_symbols(place(object), object, name);
	}
	// The names under which tracefs may list a function, the name itself at least. A system
	// call has three names at one address (__x64_sys_getpid, __ia32_sys_getpid,
	// __do_sys_getpid), and tracefs picks one of these.
	std::vector<std::string> aliases(const std::string &object, const std::string &name,
					 unsigned long sympos);
	// sympos 0: the name is unique.
	Result<Traceable> traceable(Place place, const std::string &object, const std::string &name,
				    unsigned long sympos);
	Result<Traceable> traceable(const std::string &object, const std::string &name,
				    unsigned long sympos)
	{
		return traceable(place(object), object, name, sympos);
	}
	// Whether the kernel or a module in memory exports a symbol. A kernel on disk has no module
	// in memory; modules names those that are looked at, too.
	Result<bool> exports(const std::string &symbol, std::span<const std::string> modules = {});
	// ENODATA where neither the kernel's memory nor Module.symvers has the checksum. modules as
	// above.
	Result<uint32_t> export_crc(const std::string &symbol,
				    std::span<const std::string> modules = {});
	// Errors and modules as above.
	Result<ExportTerms> export_terms(const std::string &symbol,
					 std::span<const std::string> modules = {});
	// The modules that the kernel never loads (module_blacklist= of its command line).
	Result<std::vector<std::string>> module_blacklist();
	// In hexadecimal; object as above.
	Result<std::string> build_id(const std::string &object);

	Result<bool> ftrace_enabled();
	Result<bool> signature_enforced();
	// Whether the kernel has the key of a module's signer: "no" is certain, "yes" is not.
	// EACCES where the kernel does not show its keys; it shows them to root only.
	Result<bool> has_key(const Signer &signer);
	// "none", "integrity" or "confidentiality".
	Result<std::string> lockdown();
	Result<bool> module_loading_disabled();

	// The code of a function in memory: its own range first, then every cold part that bears
	// its name. Two functions of one name may have their cold parts confused. ENOENT; ENODATA
	// where the kernel hides addresses.
	Result<std::vector<CodeRange>> code_of(const FunctionName &function);
	// The function at an address: "name" or "name [module]".
	std::optional<std::string> function_at(uint64_t address);
	// A Kernel reads symbols once, like all facts. This call drops the symbols if a module has
	// come or gone since, and returns whether it dropped them.
	bool forget_symbols_if_stale();

	Result<std::vector<LoadedPatch>> livepatches();
	// ENOENT when no livepatch has this name. EINVAL for a name that no livepatch can have: an
	// empty name, a name that is too long, has a '/' or begins with '.'.
	Result<LoadedPatch> livepatch(const std::string &name);
	Result<std::vector<LoadedModule>> modules();
	Result<std::vector<TracedFunction>> traced_functions();
	// All functions of all livepatches. The caller must be able to read the kernel's memory,
	// for which root is not enough under lockdown. EBADMSG or EBUSY where the data read is not
	// trustworthy.
	Result<std::vector<Redirect>> redirects();
	// Every kprobe and ftrace_ops. Requirements and errors as for redirects().
	Result<std::vector<FtraceUser>> ftrace_users();

private:
	friend const std::string &root_of(const Kernel &kernel);
	struct Facts;
	explicit Kernel(std::unique_ptr<Facts> facts);
	std::unique_ptr<Facts> facts_;
};

}
