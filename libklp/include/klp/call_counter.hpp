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
	// std::nullopt where the code is not in memory or cannot be counted; why has the reason.
	std::optional<uint64_t> old_code;
	std::optional<uint64_t> new_code;
	std::string why;
};

// CallCounter counts through a probe on the first instruction behind each function's ftrace site.
// Only code that runs passes this instruction. The probes affect neither ftrace nor livepatch. The
// removal of each probe costs an RCU grace period.
//
// Not thread-safe.
class CallCounter {
public:
	struct Function {
		FunctionName name;
		uint64_t new_code; // its address, 0 for none
	};
	// The errors of LiveView::open(); EACCES or EPERM where the caller may not read the
	// kernel's memory.
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
