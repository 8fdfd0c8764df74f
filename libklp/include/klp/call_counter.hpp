// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <klp/kernel.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] klp {

// How often the old and the new code of a function ran since the counting began.
struct FunctionCalls {
	FunctionName function;
	// Nothing where it is not in memory, or could not be counted: why says so.
	std::optional<uint64_t> old_code;
	std::optional<uint64_t> new_code;
	std::string why;
};

// Counts through probes on the first instruction behind each function's ftrace site:
// only code that runs passes there, and ftrace is none the wiser, nor is livepatch.
// Taking the probes off again costs an RCU grace period each.
//
// Not thread-safe.
class CallCounter {
public:
	struct Function {
		FunctionName name;
		uint64_t new_code; // its address, 0 for none
	};
	// As LiveView::open(), and EACCES or EPERM where the kernel's memory may not be
	// read.
	static Result<CallCounter> open(Kernel &kernel, const std::vector<Function> &functions);
	CallCounter(CallCounter &&) noexcept;
	CallCounter &operator=(CallCounter &&) noexcept;
	~CallCounter();

	Result<std::vector<FunctionCalls>> read();

private:
	struct Probes;
	explicit CallCounter(std::unique_ptr<Probes> probes);
	std::unique_ptr<Probes> probes_;
};

}
