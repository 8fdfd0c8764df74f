# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The lines of a kernel log that only a kernel with a defect prints: for qemu-test/vm, which
# reads the log of a whole guest, and for selftests/scenarios/lib.sh, which reads that of a scenario.

# All are anchored: "Spectre V2 : WARNING: ..." is Debian's usual greeting, and a user
# program's fault ("traps: x[1] general protection fault") is no bug of the kernel.
splats=(
	'^WARNING: '                                  # WARN(), lockdep, unwinder
	'^(watchdog: )?BUG: '                         # page faults, soft lockups, KASAN, atomic sleeps
	'^kernel BUG at '
	'^(Oops|general protection fault)(:|,)'
	'^[a-z0-9 ,-]+: [0-9a-f]{4} \[#[0-9]+\]'      # any other die(), such as invalid opcode
	'^INFO: task .* blocked for more than '
	'^INFO: (trying to register non-static key|lockdep is turned off)'
	'^rcu: INFO: .*(stall|self-detected)'
	'^rcu: .* kthread (starved|timer wakeup didn)'
	'^INFO: rcu_.*(stall|self-detected)'
	'^UBSAN: '
	'^kmemleak: [0-9]+ new suspected'
	'^sysfs: cannot create duplicate filename'
)

# splats_in EXPECTED: the splats of the log on stdin, without its time stamps, but for those
# that match EXPECTED, an extended regular expression; '' for none.
splats_in()
{
	tr -d '\r' | sed -E 's/^\[ *[0-9]+\.[0-9]+\] //' |
		{ grep -aE "$(printf '%s\n' "${splats[@]}")" || [[ $? == 1 ]]; } |
		{ if [[ -n $1 ]]; then grep -avE -e "$1" || [[ $? == 1 ]]; else cat; fi; }
}
