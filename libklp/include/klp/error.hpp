// SPDX-License-Identifier: LGPL-2.1-or-later
// Threads: any thread may call any function of this API. Several threads may call at once, each
// with objects (Kernel, PatchFile, …) that no other thread uses meanwhile. libklp runs callbacks
// on the calling thread.
#pragma once

#include <expected>
#include <string>

namespace [[gnu::visibility("default")]] klp {

// An error: code is for a program, message is for a person.
//
// Callers branch on these codes: ENOENT (not there), EACCES and EPERM (the caller may not read or
// act), EBADMSG (malformed input), ENOTSUP (this kernel or build cannot), EBUSY (somebody else
// holds it), EEXIST, ETIMEDOUT, ECANCELED (interrupted).
struct Error {
	int code; // an errno value, never 0
	std::string message; // "cannot open 'x.ko': No such file or directory"
};

template <class T = void> using Result = std::expected<T, Error>;

}
