// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/live_view.hpp>
#include <klp/steps.hpp>

namespace [[gnu::visibility("default")]] klp {

// Every transition of the machine, whoever began it: through BPF, or, where that
// cannot be had, through the kernel log and sysfs, which show no passes and no force.
//
// Not thread-safe; it keeps a reference to its Kernel.
class Watch {
public:
	enum class Source { bpf, kmsg, sysfs };

	static Watch open(Kernel &kernel, bool with_bpf);
	Watch(Watch &&) noexcept;
	~Watch();

	Source source() const;
	// Why it is not a better one; "" for BPF.
	const std::string &why() const;
	// Kinds of steps that cannot be seen are missing.
	std::vector<std::string> deaf_to() const;

	// What has happened, as soon as something has; empty after the timeout, or when
	// interrupt_fd is readable.
	Result<std::vector<Step>> wait(std::chrono::milliseconds timeout, int interrupt_fd);
	// How many steps went by unseen.
	uint64_t lost() const;

	// Those whom a patch in transition waits for.
	Result<std::vector<LiveTask>> pending(const LoadedPatch &patch);

private:
	struct Sources;
	explicit Watch(std::unique_ptr<Sources> sources);
	std::unique_ptr<Sources> sources_;
};

// "bpf", "kmsg", "sysfs".
const char *name_of(Watch::Source source);

}
