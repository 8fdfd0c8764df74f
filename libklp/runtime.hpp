// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "unique_fd.hpp"

#include <klp/error.hpp>
#include <klp/transition.hpp>
#include <string>

namespace klp {

// /dev/klp_runtime, where kmod/runtime is loaded. The module runs the kernel's passes of a
// transition early, and reports events (RuntimeEvents). A requested advance ends with this object.
class Runtime {
public:
	// ENOENT: the module is not loaded. EACCES: not for this user. EPROTO: the module speaks
	// another version.
	static Result<Runtime> open(const std::string &root);

	// open(), which also loads the module where it is installed and not loaded. ENOENT: the
	// module is not installed; else the errno of finit_module.
	static Result<Runtime> open_or_load(const std::string &root);

	// Readable (POLLIN) when there are events.
	int fd() const { return fd_.get(); }

	// Advances the patch's current transition, or its next one, until the transition ends.
	// Call advance() before the patch is loaded or disabled, and whenever the urgency changes.
	// Returns at once. EINVAL: no name of a module.
	Result<> advance(const std::string &patch, Urgency urgency);

private:
	explicit Runtime(UniqueFd fd) : fd_(std::move(fd)) {}
	UniqueFd fd_;
};

}
