// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/verification.hpp>

namespace klp {

// The kprobes and kretprobes of the machine that are enabled, whoever set them; those
// inside a function's body too. A kprobe on a function whose errors may be injected can
// suppress it: a BPF program on it may call bpf_override_return(). debugfs tells.
Result<std::vector<Tracer>> read_kprobes(const std::string &root);

}
