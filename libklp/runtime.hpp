// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <klp/error.hpp>
#include <klp/transition.hpp>
#include <string>

namespace klp {

// /dev/klp_runtime, where kmod/runtime is loaded: it runs the kernel's passes of a
// transition early, and tells events (RuntimeEvents). An advance that was asked for ends
// with this object.
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

	// Advances the transition that the patch is in, or the next one that it will be in,
	// until it ends: to be called before the patch is loaded or disabled, or whenever
	// the urgency changes. Returns at once. EINVAL: no name of a module.
	Result<> advance(const std::string &patch, Urgency urgency);

private:
	explicit Runtime(UniqueFd fd) : fd_(std::move(fd)) {}
	UniqueFd fd_;
};

}
