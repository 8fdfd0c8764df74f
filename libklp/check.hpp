// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "abi/comparison.hpp"
#include "findings.hpp"

#include <functional>
#include <map>
#include <set>

namespace klp {

// The types of a patch. A difference is certain where debug information has them.
struct PatchTypes {
	TypeTable types;
	bool are_certain;
};

// One check in progress: its input, and its findings so far.
class Check {
public:
	// Every loop over the names in a patch calls stop, which may return a reason to end.
	using Stop = std::function<std::optional<Error>()>;
	Check(const PatchFile &patch, Kernel &kernel, Stop stop)
	    : patch_(patch), kernel_(kernel), stop_(std::move(stop))
	{
	}

	// check.cpp: the module, as load_module() will see it
	void file();
	void signature();
	void kernel_match();
	void name();
	void dependencies();
	void symbols();
	void exports();
	void parameters(const std::string &given);
	// check_objects.cpp: the livepatch, as klp_enable_patch() will see it
	void encoding();
	void objects();
	void livepatch_symbols();
	void states();
	void callbacks();
	void self_calls();
	void transition();
	void tracing();
	void replace();
	void removal();
	void build_ids();
	// check_types.cpp: the patch's types beside those of the kernel
	void types();

	// The error is that of stop.
	Result<Report> take();

private:
	// The limit for all findings. 10,000 functions that do not exist take a quarter of this; a
	// hostile file may name millions.
	static constexpr size_t most_bytes = 8 << 20;

	// The object and function that a finding affects.
	struct Subject {
		std::string object = "";
		std::string function = "";
		// Otherwise the kernel checks when the object loads, and lets the patch pass now.
		bool in_memory = true;
		// The object that is then loaded, if it is another.
		std::string awaited = "";
		// The errno, where it is not that of the finding's kind.
		std::optional<int> kernel_errno = std::nullopt;
	};

	[[gnu::format(printf, 4, 5)]] void add(FindingId id, const Subject &subject,
					       const char *format, ...);
	bool stopped();
	Kernel::Place place(const std::string &object);
	std::optional<std::string> lack_of_signature();
	void terms(const std::string &symbol);
	void version(const SymbolVersion &version);
	void names(const PatchedObject &object);
	void misspelt(const std::string &name);
	bool target_in_memory(const PatchedObject &object);
	void function(const PatchedObject &object, const PatchedFunction &function, bool in_memory);
	void traceable(const Subject &subject, unsigned long sympos);
	std::string later(const Subject &subject) const;
	// Whether the object has the right number of symbols of this name.
	bool occurrences(FindingId missing, FindingId ambiguous, const Subject &subject,
			 unsigned long sympos, size_t count);
	void pinned();
	bool redirected(const std::set<std::string> &sites, const std::string &object,
			const PatchedFunction &function);
	void compare_state(const std::string &other, const PatchState &state);
	void replaced(const LoadedPatch &other);
	void compare_types(const PatchTypes &patch, std::span<const std::byte> base);
	void prototypes(const PatchTypes &patch, const TypeTable &kernel, const std::string &object,
			TypeComparison *comparison);
	void layouts(const PatchTypes &patch, const std::vector<TypeComparison *> &objects);

	const PatchFile &patch_;
	Kernel &kernel_;
	Stop stop_;
	std::optional<Error> stopped_by_;
	std::map<std::string, Kernel::Place> places_; // as of the first question
	std::vector<Finding> findings_;
	std::set<const FindingKind *> kinds_; // of findings_
	size_t room_ = most_bytes; // left for more findings
	struct LeftOut {
		size_t count = 0;
		int kernel_errno = 0;
	};
	std::map<const FindingKind *, LeftOut> left_out_;
};

}
