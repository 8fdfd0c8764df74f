// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <chrono>
#include <cstddef>
#include <klp/error.hpp>
#include <klp/transition.hpp>
#include <span>
#include <string>
#include <vector>

namespace klp {

// What the runtime tells of a transition; see kmod/uapi/klp_runtime.h.
struct RuntimeEvent {
	enum class Kind { start, pass, complete, reverse, force, lost };

	Kind kind;
	std::chrono::steady_clock::time_point time;
	std::chrono::nanoseconds duration; // of the pass, or of the transition until now
	unsigned round; // passes so far; for lost, how many events are missing
	bool unpatching; // where it goes, or has gone
	std::string patch;
};

// The events in bytes of the device, those of unknown kinds left out. EPROTO, with the
// place, for what is no sequence of events.
Result<std::vector<RuntimeEvent>> decode_runtime_events(std::span<const std::byte> bytes);

// /dev/klp_runtime, where kmod/runtime is loaded: it runs the kernel's passes of a
// transition early, and tells events. What it was asked for ends with this object.
class Runtime {
public:
	// ENOENT: the module isn't loaded. EACCES: not for this user. EPROTO: it speaks
	// another version.
	static Result<Runtime> open(const std::string &root);

	// The same, but loads the module where it is installed and isn't loaded. ENOENT:
	// it isn't installed; else what finit_module says.
	static Result<Runtime> open_or_load(const std::string &root);

	// Readable (POLLIN) when there are events.
	int fd() const { return fd_.get(); }

	// What has happened since open() or the last call. Never blocks.
	Result<std::vector<RuntimeEvent>> read_events();

	// Advances the transition that the patch is in, or the next one that it will be in,
	// until it ends: to be called before the patch is loaded or disabled, or whenever
	// the urgency changes. Returns at once. EINVAL: no name of a module.
	Result<> advance(const std::string &patch, Urgency urgency);

private:
	explicit Runtime(UniqueFd fd) : fd_(std::move(fd)) {}
	UniqueFd fd_;
};

}
