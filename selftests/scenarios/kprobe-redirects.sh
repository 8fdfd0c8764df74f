#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A module's kprobe may send calls elsewhere, and a kprobe that was set before the patch has
# the last word. klp does not call such a patch verified, in either order. klp calls a patch
# with a kprobe event of tracefs verified, as the event only observes.
. "$(dirname "$0")/lib.sh"

patch=$modules/klprt_test_device.ko
insmod $modules/klprt_test_probe.ko redirect=1 || fail "the probe is not set"
run 3 klp-load --json "$patch"
grep -qx klprt_test_probe /proc/cmdline || fail "the kprobe does not redirect: $(cat /proc/cmdline)"
json .result unverified
json '.unverified[0].state' unproved
json '.unverified[0].why' "a kprobe with the handler 'pre_handler [klprt_test_probe]' is on it and may send calls elsewhere"
run 3 klp status --json
json '.patches[0].verdict' unverified
rmmod klprt_test_probe
grep -qx klprt_test_device /proc/cmdline || fail "the patch does not redirect"
run 0 klp status

insmod $modules/klprt_test_probe.ko redirect=1 || fail "the probe is not set"
run 3 klp status --json
json '.patches[0].functions[0].state' unproved
rmmod klprt_test_probe
run 0 klp unload klprt_test_device

echo 'p:klp_probe cmdline_proc_show' >/sys/kernel/tracing/kprobe_events
echo 1 >/sys/kernel/tracing/events/kprobes/klp_probe/enable
run 0 klp-load --json "$patch"
json .result applied
grep -qx klprt_test_device /proc/cmdline || fail "the patch does not redirect"
run 0 klp status
run 0 klp unload klprt_test_device
echo 0 >/sys/kernel/tracing/events/kprobes/klp_probe/enable
echo >/sys/kernel/tracing/kprobe_events
