#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ten minutes of runtime-stress, with another seed each time.
#
# 6.12 patches its own code in each transition, under klp_mutex. In an emulated guest with
# busy CPUs this takes a minute: a task that waits for the mutex is no hung task (120 s) yet.
echo 600 >/proc/sys/kernel/hung_task_timeout_secs
STRESS_SECONDS=600 STRESS_SEED=$RANDOM
export STRESS_SECONDS STRESS_SEED
. "$(dirname "$0")/../runtime-stress.sh"
