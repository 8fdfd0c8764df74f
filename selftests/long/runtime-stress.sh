#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ten minutes of runtime-stress, with another seed each time.
STRESS_SECONDS=600 STRESS_SEED=$RANDOM
export STRESS_SECONDS STRESS_SEED
. "$(dirname "$0")/../runtime-stress.sh"
