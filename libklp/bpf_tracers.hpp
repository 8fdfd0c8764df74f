// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/verification.hpp>

namespace klp {

// The BPF programs that are attached to functions of the running kernel and its modules by a
// trampoline: fentry, fexit, fmod_ret and LSM. EPERM without CAP_SYS_ADMIN; ENOTSUP for a root
// that is not this machine's, since a system call reads BPF.
Result<std::vector<Tracer>> read_bpf_tracers(const std::string &root);

}
