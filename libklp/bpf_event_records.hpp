// SPDX-License-Identifier: LGPL-2.1-or-later
// The records of bpf/transitions.bpf.c, decoded.
#pragma once

#include <klp/transition_event.hpp>
#include <linux/types.h>

#include "bpf/records.h"

namespace klp {

TransitionEvent event_of(const klprt_transition_event &record);

}
