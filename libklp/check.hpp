// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "findings.hpp"

namespace klp {

// One check in progress: what it looks at, and what it has found.
class Check {
public:
	Check(const PatchFile &patch, Kernel &kernel) : patch_(patch), kernel_(kernel) {}

	// check.cpp: the module, as load_module() will see it
	void file();
	void signature();
	void kernel_match();
	void name();
	void symbols();
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

	Report take();

private:
	// To whom a finding belongs.
	struct Subject {
		std::string object;
		std::string function;
	};

	[[gnu::format(printf, 4, 5)]] void add(FindingId id, const Subject &subject,
					       const char *format, ...);
	std::optional<std::string> lack_of_signature();
	void version(const SymbolVersion &version);
	void names(const PatchedObject &object);
	bool is_misspelt(const std::string &name);
	void misspelt(const std::string &name);
	bool target_in_memory(const PatchedObject &object);
	void function(const PatchedObject &object, const PatchedFunction &function, bool in_memory);
	void traceable(const Subject &subject, unsigned long sympos, bool in_memory);
	std::string later(const std::string &object, bool in_memory) const;
	void occurrences(FindingId missing, FindingId ambiguous, const Subject &subject,
			 unsigned long sympos, size_t count, bool in_memory);
	void pinned();
	bool redirected(const std::vector<TracedFunction> &traced, const std::string &object,
			const PatchedFunction &function);
	void compare_state(const std::string &other, const PatchState &state);
	void replaced(const LoadedPatch &other);
	bool covers(const std::string &object, const LoadedPatch::Function &function) const;

	const PatchFile &patch_;
	Kernel &kernel_;
	std::vector<Finding> findings_;
};

}
