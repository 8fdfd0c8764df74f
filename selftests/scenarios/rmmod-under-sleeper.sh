#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --expect-splat '^(BUG: unable to handle page fault|Oops: )'
# Why klp unload looks at stacks: plain rmmod frees the code under the same task.
. "$(dirname "$0")/lib.sh"

keeps_patches=1
load_target
insmod $modules/klprt_test_tail.ko
until_true transition_of klprt_test_tail 0
sleep_in tail klprt_test_tail
echo 0 >/sys/kernel/livepatch/klprt_test_tail/enabled
until_true rmmod klprt_test_tail
wake
until_true eval 'dmesg | grep -q "BUG: unable to handle page fault"'
