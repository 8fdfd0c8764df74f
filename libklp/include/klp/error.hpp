// SPDX-License-Identifier: LGPL-2.1-or-later
// Threads: any thread may call any function of this API, and several may at once, each with
// objects (Kernel, PatchFile, …) that no other thread uses meanwhile. Callbacks come on the
// thread that called.
#pragma once

#include <expected>
#include <string>

namespace [[gnu::visibility("default")]] klp {

// What went wrong, for a program (code) and for a person (message).
//
// Codes that callers branch on: ENOENT (not there), EACCES and EPERM (may not
// look or act), EBADMSG (malformed input), ENOTSUP (this kernel or build can't),
// EBUSY (held by someone else), EEXIST, ETIMEDOUT, ECANCELED (interrupted).
struct Error {
	int code; // an errno value, never 0
	std::string message; // "cannot open 'x.ko': No such file or directory"
};

template <class T = void> using Result = std::expected<T, Error>;

}
