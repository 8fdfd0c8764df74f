// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/verification.hpp>

namespace klp {

// The enabled kprobes and kretprobes of the machine, no matter who set them, including those
// inside a function's body. A kprobe on a function that permits error injection can suppress the
// function: a BPF program on the kprobe may call bpf_override_return(). The source is debugfs.
Result<std::vector<Tracer>> read_kprobes(const std::string &root);

}
