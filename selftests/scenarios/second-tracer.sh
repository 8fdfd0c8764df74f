#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# tracefs does not tell who redirects a patched function with a kprobe; livepatch's own stack
# does. If the kernel's memory is closed to klp, klp does not count the function as verified,
# before or after, unless the user allows that.
. "$(dirname "$0")/lib.sh"

load_target
run 0 klp-load $modules/klprt_test_value.ko
echo 'p:klp_probe klprt_target_value' >/sys/kernel/tracing/kprobe_events
echo 1 >/sys/kernel/tracing/events/kprobes/klp_probe/enable
value_is patched
run 0 klp status --json
json '.patches[0].verdict' in-force
json '.patches[0].stacks_unread' ''
json '.patches[0].tracers | map(.kind + .name) | join(" ")' kprobe
run 0 klp unload klprt_test_value
run 0 klp-load --json $modules/klprt_test_value.ko
json .result applied
value_is patched

# Where /proc/kcore is no more than /dev/null.
closed()
{
	unshare -m sh -c 'mount --bind /dev/null /proc/kcore && exec "$@"' closed "$@"
}
run 3 closed klp status --json
json '.patches[0].verdict' unverified
json '.patches[0].stacks_unread' 'kernel memory ends 64 bytes early'
json '.patches[0].functions[0].why' 'redirected; another tracer hides whether livepatch does that'
run 0 klp unload klprt_test_value
run 3 closed klp-load --json $modules/klprt_test_value.ko
json .result unverified
json '.unverified[0].state' unproved
value_is patched
run 0 klp unload klprt_test_value
run 0 closed klp-load --json --allow-unverified $modules/klprt_test_value.ko
json .result applied
echo 0 >/sys/kernel/tracing/events/kprobes/klp_probe/enable
echo >/sys/kernel/tracing/kprobe_events
run 0 closed klp status --json
json '.patches[0].verdict' in-force
run 0 klp status
