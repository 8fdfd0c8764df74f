// SPDX-License-Identifier: LGPL-2.1-or-later
// What the probes on a transition (bpf/steps.bpf.c) have written, put into words.
#pragma once

#include <klp/steps.hpp>
#include <linux/types.h>

#include "bpf/records.h"

namespace klp {

Step read_step(const klprt_step &record);

}
