// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check.hpp"
#include "comma_list.hpp"
#include "module/module_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <klp/masked.hpp>
#include <klp/module_name.hpp>
#include <poll.h>
#include <set>
#include <sstream>

namespace klp {

// The remedies of the table are those of the running kernel.
static const char *cure_on_disk(FindingId id)
{
	switch (id) {
	case FindingId::symbol_unknown:
		return "build the patch for this kernel";
	case FindingId::symbols_unseen:
	case FindingId::traceable_unseen:
	case FindingId::build_id_unseen:
	case FindingId::version_unseen:
	case FindingId::terms_unseen:
	case FindingId::vermagic_unseen:
		return "see whether the kernel's image and the files of its modules are whole, and "
		       "readable";
	default:
		return kind_of(id).cure;
	}
}

void Check::add(FindingId id, const Subject &subject, const char *format, ...)
{
	char message[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	const FindingKind &kind = kind_of(id);
	int kernel_errno = subject.in_memory ? subject.kernel_errno.value_or(kind.kernel_errno) : 0;
	size_t size =
		sizeof(Finding) + subject.object.size() + subject.function.size() + strlen(message);
	bool first = kinds_.insert(&kind).second;
	if (size > room_ && !first) {
		LeftOut &left_out = left_out_[&kind];
		left_out.count++;
		left_out.kernel_errno = std::max(left_out.kernel_errno, kernel_errno);
		return;
	}
	room_ -= std::min(room_, size);
	// As in fail(): the author of .modinfo and __versions may have written anything.
	findings_.push_back({&kind, subject.object, subject.function, masked(message), kernel_errno,
			     kernel_.is_running() ? kind.cure : cure_on_disk(id)});
}

bool Check::stopped()
{
	if (!stopped_by_ && stop_)
		stopped_by_ = stop_();
	return stopped_by_.has_value();
}

Kernel::Place Check::place(const std::string &object)
{
	auto [known, added] = places_.try_emplace(object, Kernel::Place::absent);
	if (added)
		known->second = kernel_.place(object);
	return known->second;
}

Result<Report> Check::take()
{
	if (stopped_by_)
		return std::unexpected(*stopped_by_);
	for (const auto &[kind, left_out] : left_out_)
		findings_.push_back({kind, "", "",
				     "and " + std::to_string(left_out.count) + " more of this kind",
				     left_out.kernel_errno, kind->cure});
	std::ranges::stable_sort(findings_, [](const Finding &a, const Finding &b) {
		if (a.kind->severity != b.kind->severity)
			return a.kind->severity > b.kind->severity;
		return a.kind < b.kind;
	});
	return Report{std::move(findings_)};
}

void Check::file()
{
	if (!patch_.is_x86_64())
		add(FindingId::wrong_architecture, {}, "'%s' is not an x86-64 module",
		    patch_.path().c_str());
	if (!kernel_.has_livepatch())
		add(FindingId::no_livepatch_support, {}, "the kernel %s has no livepatch support",
		    kernel_.release().c_str());
	Result<bool> disabled = kernel_.module_loading_disabled();
	if (disabled && *disabled)
		add(FindingId::not_permitted, {}, "kernel.modules_disabled is 1");
	if (!patch_.is_livepatch())
		add(FindingId::not_a_livepatch, {}, "'%s' has no livepatch= in its .modinfo",
		    patch_.path().c_str());
}

// The reason why a kernel that requires a signature refuses this one; std::nullopt where it may
// accept the signature, or where there is a finding already.
std::optional<std::string> Check::lack_of_signature()
{
	if (!patch_.is_signed())
		return "the module is not signed";
	Result<Signature> signature = patch_.signature();
	if (!signature && signature.error().code == ENOPKG)
		return signature.error().message;
	if (!signature) {
		add(FindingId::signature_broken, {.kernel_errno = signature.error().code}, "%s",
		    signature.error().message.c_str());
		return std::nullopt;
	}
	// The keys of a kernel on disk are unknown.
	if (!kernel_.is_running())
		return std::nullopt;
	const char *name = signature->signers[0].name.c_str();
	if (signature->has_certificates) {
		add(FindingId::signature_unseen, {},
		    "the module is signed by %s and has certificates with it; klp does not verify whether they lead to a key that the kernel has",
		    name);
		return std::nullopt;
	}
	for (const Signer &signer : signature->signers) {
		name = signer.name.c_str();
		Result<bool> known = kernel_.has_key(signer);
		if (!known)
			add(FindingId::signature_unseen, {}, "the module is signed by %s; %s", name,
			    known.error().message.c_str());
		else if (*known)
			add(FindingId::signature_unseen, {},
			    "the module is signed by %s, which the kernel has; klp does not verify the signature itself",
			    name);
		if (!known || *known)
			return std::nullopt;
	}
	return std::string("the module is signed by ") + name + ", which the kernel does not have";
}

// The kernel refuses a broken signature even where it requires none, and takes a signature by an
// unknown key for none (kernel/module/signing.c, module_sig_check()).
void Check::signature()
{
	std::optional<std::string> lack = lack_of_signature();
	if (!lack || !kernel_.is_running())
		return;
	Result<bool> enforced = kernel_.signature_enforced();
	Result<std::string> lockdown = kernel_.lockdown();
	if (enforced && *enforced)
		add(patch_.is_signed() ? FindingId::signature_untrusted
				       : FindingId::signature_missing,
		    {}, "%s, and module.sig_enforce is on", lack->c_str());
	else if (lockdown && *lockdown != "none")
		add(FindingId::signature_lockdown, {}, "%s, and the kernel is locked down (%s)",
		    lack->c_str(), lockdown->c_str());
	else if (!enforced)
		add(FindingId::signature_unseen, {}, "%s", enforced.error().message.c_str());
	else if (!lockdown && lockdown.error().code != ENOENT)
		add(FindingId::signature_unseen, {}, "%s", lockdown.error().message.c_str());
	else if (patch_.is_signed())
		add(FindingId::signature_ignored, {}, "%s", lack->c_str());
}

static std::string_view first_word(std::string_view text)
{
	return text.substr(0, text.find(' '));
}

// same_magic() of kernel/module/version.c: with a __versions table the first word,
// the release, does not count.
void Check::kernel_match()
{
	std::optional<std::string_view> patch = patch_.vermagic();
	if (!patch) {
		add(FindingId::vermagic_missing, {}, "the module has no vermagic");
		return;
	}
	std::string built_for(first_word(*patch));
	bool same_release = built_for == kernel_.release();
	bool release_counts = patch_.versions().empty();
	if (!same_release && release_counts) {
		add(FindingId::vermagic_mismatch, {}, "built for %s, this kernel is %s",
		    built_for.c_str(), kernel_.release().c_str());
		return;
	}
	if (!same_release)
		add(FindingId::release_mismatch, {}, "built for %s, this kernel is %s",
		    built_for.c_str(), kernel_.release().c_str());
	Result<std::string> vermagic = kernel_.vermagic();
	if (!vermagic) {
		add(FindingId::vermagic_unseen, {}, "%s", vermagic.error().message.c_str());
		return;
	}
	std::string mine(patch->substr(built_for.size()));
	std::string_view kernels = std::string_view(*vermagic).substr(first_word(*vermagic).size());
	if (mine != kernels)
		add(FindingId::vermagic_mismatch, {}, "vermagic '%s', this kernel's is '%s'",
		    std::string(*patch).c_str(), vermagic->c_str());
}

void Check::name()
{
	Result<std::vector<std::string>> blacklist = kernel_.module_blacklist();
	if (blacklist && std::ranges::find(*blacklist, patch_.name()) != blacklist->end())
		add(FindingId::module_blacklisted, {}, "module_blacklist= has '%s'",
		    patch_.name().c_str());
	Result<std::vector<LoadedModule>> modules = kernel_.modules();
	if (!modules)
		return;
	for (const LoadedModule &module : *modules) {
		if (module.name == patch_.name())
			add(FindingId::name_loaded, {}, "a module '%s' is loaded already",
			    module.name.c_str());
	}
}

void Check::dependencies()
{
	// Of a kernel on disk any module may be loaded first; symbols() says what none exports.
	if (!kernel_.modules())
		return;
	for (const std::string &dependency : patch_.dependencies()) {
		if (stopped())
			return;
		if (place(dependency) != Kernel::Place::loaded)
			add(FindingId::dependency_missing, {dependency, ""},
			    "it uses symbols of the module '%s', which is not loaded",
			    dependency.c_str());
		else
			add(FindingId::module_held, {dependency, ""},
			    "'%s' cannot be unloaded while the patch is in memory, since it uses symbols of it",
			    dependency.c_str());
	}
}

// As license_is_gpl_compatible() of include/linux/license.h has them.
static bool is_gpl_compatible(const std::string &license)
{
	constexpr const char *compatible[] = {
		"GPL",		"GPL v2",	"GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};
	return std::ranges::find(compatible, license) != std::end(compatible);
}

// Whether a module of this name gets a symbol of a namespace "module:NAME,NAME*", which no module
// can import (EXPORT_SYMBOL_FOR_MODULES(), since 6.16; verify_module_namespace()).
static bool is_for_module(std::string_view name_space, const std::string &module)
{
	constexpr std::string_view prefix = "module:";
	if (!name_space.starts_with(prefix))
		return false;
	return std::ranges::any_of(
		comma_list(name_space.substr(prefix.size())), [&](std::string_view part) {
			bool is_pattern = part.ends_with('*');
			std::string name = module_name(part.substr(0, part.size() - is_pattern));
			return is_pattern ? module.starts_with(name) : module == name;
		});
}

// resolve_symbol() of kernel/module/main.c
void Check::terms(const std::string &symbol)
{
	Result<ExportTerms> terms = kernel_.export_terms(symbol, patch_.dependencies());
	if (!terms) {
		add(FindingId::terms_unseen, {"", symbol}, "'%s': %s", symbol.c_str(),
		    terms.error().message.c_str());
		return;
	}
	std::string license = patch_.license();
	if (terms->gpl_only && !is_gpl_compatible(license))
		add(FindingId::gpl_only_symbol, {"", symbol},
		    "'%s' is for GPL-compatible modules only, and the licence of this one is '%s'",
		    symbol.c_str(), license.c_str());
	std::vector<std::string> imported = patch_.imported_namespaces();
	if (!terms->name_space.empty() &&
	    std::ranges::find(imported, terms->name_space) == imported.end() &&
	    !is_for_module(terms->name_space, patch_.name()))
		add(FindingId::namespace_not_imported, {"", symbol},
		    "'%s' is of the namespace '%s', which the module does not import",
		    symbol.c_str(), terms->name_space.c_str());
}

void Check::version(const SymbolVersion &version)
{
	// module_layout is not an export, but the layout of struct module itself.
	if (version.name != "module_layout") {
		Result<bool> exported = kernel_.exports(version.name, patch_.dependencies());
		if (!exported || !*exported)
			return;
	}
	Result<uint32_t> crc = kernel_.export_crc(version.name, patch_.dependencies());
	if (!crc)
		add(FindingId::version_unseen, {"", version.name}, "'%s': %s", version.name.c_str(),
		    crc.error().message.c_str());
	else if (*crc != version.crc) {
		Subject subject = {"", version.name};
		if (version.name == "module_layout")
			subject.kernel_errno = ENOEXEC; // check_modstruct_version()
		add(FindingId::symbol_version, subject,
		    "'%s' has the checksum %#010x, the patch was built against %#010x",
		    version.name.c_str(), *crc, version.crc);
	}
}

// verify_exported_symbols(), the last step before the module's memory is final
void Check::exports()
{
	for (const std::string &symbol : patch_.exported_symbols()) {
		if (stopped())
			return;
		Result<bool> exported = kernel_.exports(symbol, patch_.dependencies());
		if (exported && *exported)
			add(FindingId::export_duplicate, {"", symbol}, "'%s' is exported already",
			    symbol.c_str());
	}
}

void Check::symbols()
{
	std::vector<std::string> needed = patch_.needed_symbols();
	std::set<std::string_view> with_version;
	for (const SymbolVersion &entry : patch_.versions())
		with_version.insert(entry.name);
	std::string without;
	for (const std::string &symbol : needed) {
		if (stopped())
			return;
		Result<bool> exported = kernel_.exports(symbol, patch_.dependencies());
		if (!exported) {
			add(FindingId::symbols_unseen, {}, "%s", exported.error().message.c_str());
			return;
		}
		if (!*exported)
			add(FindingId::symbol_unknown, {"", symbol},
			    "neither the kernel nor a %s exports '%s'",
			    kernel_.is_running() ? "loaded module" : "module that it depends on",
			    symbol.c_str());
		else
			terms(symbol);
		if (*exported && !with_version.contains(symbol))
			without += (without.empty() ? "" : ", ") + symbol;
	}
	// Debian's 7.x has no CONFIG_MODVERSIONS. Where the kernel has no checksums, its vermagic
	// lacks the word.
	std::optional<std::string_view> vermagic = patch_.vermagic();
	if (!without.empty() && vermagic && vermagic->find("modversions") != std::string_view::npos)
		add(FindingId::versions_missing, {}, "no checksum for %s", without.c_str());
	for (const SymbolVersion &entry : patch_.versions()) {
		if (stopped())
			return;
		version(entry);
	}
}

void Check::parameters(const std::string &given)
{
	std::vector<std::string> known = patch_.parameters();
	std::istringstream words(given);
	std::string word;
	while (words >> word) {
		std::string name = module_name(word.substr(0, word.find('=')));
		// Every module takes dyndbg and async_probe (load_module()).
		if (name != "dyndbg" && name != "async_probe" &&
		    std::ranges::find(known, name) == known.end())
			add(FindingId::parameter_unknown, {}, "the module has no parameter '%s'",
			    name.c_str());
	}
}

static Result<Report> run(const PatchFile &patch, Kernel &kernel, const std::string &parameters,
			  Check::Stop stop)
{
	Check check(patch, kernel, std::move(stop));
	check.file();
	check.signature();
	check.kernel_match();
	check.name();
	check.dependencies();
	check.symbols();
	check.exports();
	check.parameters(parameters);
	check.encoding();
	check.objects();
	check.self_calls();
	check.callbacks();
	check.livepatch_symbols();
	check.states();
	check.transition();
	check.tracing();
	check.replace();
	check.removal();
	check.build_ids();
	check.types();
	return check.take();
}

Report check(const PatchFile &patch, Kernel &kernel, const std::string &parameters)
{
	return *run(patch, kernel, parameters, {});
}

Result<Report> check_until(std::chrono::steady_clock::time_point deadline, int interrupt_fd,
			   const PatchFile &patch, Kernel &kernel, const std::string &parameters)
{
	return run(patch, kernel, parameters, [&]() -> std::optional<Error> {
		pollfd interrupt = {interrupt_fd, POLLIN, 0};
		if (poll(&interrupt, 1, 0) > 0)
			return Error{ECANCELED, "interrupted while the patch was checked"};
		if (std::chrono::steady_clock::now() >= deadline)
			return Error{ETIMEDOUT, "the check did not end within the timeout"};
		return std::nullopt;
	});
}

}
