#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# one kernel is enough
# A descriptor of klp_runtime's device that root opened serves no process without
# CAP_SYS_ADMIN: each request checks the right.
. "$(dirname "$0")/lib.sh"

load_runtime
run 0 client passed
