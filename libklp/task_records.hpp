// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes the records of the task iterator (bpf/tasks.bpf.c).
#pragma once

#include <cstddef>
#include <klp/live_view.hpp>
#include <span>
#include <string>

namespace klp {

// The functions that were asked for, and the places of their code.
class Places {
public:
	struct Place {
		CodeRange range;
		std::string name; // "name" or "name [module]"
	};

	// ENOENT for a function that is not in memory.
	Result<> add(Kernel &kernel, const FunctionName &function);
	// Any code of this module counts.
	void add_module(const std::string &module) { module_ = "[" + module + "]"; }

	std::span<const Place> sorted() const { return places_; }
	const Place *at(uint64_t address) const;
	bool has_module_of(const std::string &name) const;

private:
	std::vector<Place> places_; // by address, disjoint
	std::string module_; // "[name]", "" for none
};

// EBADMSG for bytes that no iterator of ours writes.
Result<std::vector<Task>> read_task_records(std::span<const std::byte> bytes, Kernel &kernel,
					    const Places &places);

}
