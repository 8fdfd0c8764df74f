# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What every scenario begins with. A scenario is one behaviour: a bash file that
# sources this one and then says what it does and what is to come of it. In the
# guest it runs as it is; called on the host it boots a kernel for itself:
#
#	selftests/scenarios/load-use-unload.sh [RELEASE]
#
# A line "# boot: ARGS" at its head asks for a guest of its own, with these
# arguments for qemu-test/vm.

set -uo pipefail
# shellcheck disable=SC2034 # for the scenarios
scenario=$(basename "$0" .sh)

if [[ -z ${KLP_GUEST:-} ]]; then
	folder=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
	name=$(realpath --relative-to="$folder" "$0")
	exec "$folder/../run" ${1:+--kernel "$1"} "${name%.sh}"
fi

modules=/root/test
samples=/root/samples
upstream=/root/test_modules
release=$(uname -r)
out='' err='' marker="klp-test: $scenario $$"
background=()

. /root/splats.bash || exit 1

# The splats that the scenario expects, as its "# boot:" tells qemu-test/vm, too.
expected_splats=$(sed -n "s/^# boot:.*--expect-splat '\([^']*\)'.*/\1/p" "$0")

# Exports with checksums, which Debian's kernels have up to 6.12.
has_checksums()
{
	[[ $release == [1-6].* ]]
}

fail()
{
	echo "# $scenario: ${BASH_SOURCE[-1]##*/}:${BASH_LINENO[-2]}: $*"
	failed=1
	exit 1
}

# run STATUS COMMAND...: it must exit so; its output is in $out and $err.
run()
{
	local expected=$1 status
	shift
	"$@" >/tmp/out 2>/tmp/err
	status=$?
	out=$(cat /tmp/out) err=$(cat /tmp/err)
	[[ $out != '{"schema":'* ]] || sed 's/^/# json /' /tmp/out
	[[ $status == "$expected" ]] || fail "'$*' exited $status instead of $expected: $out $err"
}

# says TEXT...: the last run printed each of them.
says()
{
	local text
	for text in "$@"; do
		[[ "$out$err" == *"$text"* ]] || fail "no '$text' in: $out $err"
	done
}

# json FILTER VALUE: of the document that the last run printed.
json()
{
	local found
	found=$(jq -r "$1" <<<"$out") || fail "no JSON: $out"
	[[ $found == "$2" ]] || fail "$1 is '$found' instead of '$2': $out"
}

value_is()
{
	local found
	found=$(cat /proc/klprt_test/value)
	[[ $found == "$1" ]] || fail "the function prints '$found' instead of '$1'"
}

# The verbs of klpd, as 'make install' makes them.
install_agent()
{
	local verb
	mkdir -p /etc/klp /var/lib /var/log /usr/libexec/klp
	for verb in attach detach enable disable refresh apply hold unhold; do
		ln -s /usr/sbin/klpd "/usr/libexec/klp/klp-$verb"
	done
}

load_target()
{
	insmod $modules/klprt_test_target.ko || fail "klprt_test_target does not load"
}

load_runtime()
{
	insmod /root/klp_runtime.ko "$@" || fail "klp_runtime does not load"
}

# Starts a reader that sleeps in a function of the target, and returns when it is
# asleep there: it reads its own name out of its stack.
sleep_in()
{
	cat "/proc/klprt_test/$1" &
	sleeper=$!
	background+=("$sleeper")
	until_true grep -q "$2" "/proc/$sleeper/stack"
}

wake()
{
	echo >/proc/klprt_test/wake
}

# until_true COMMAND...: asks again, at once, until it is so; half a minute at most.
until_true()
{
	local deadline=$((SECONDS + 30))
	until "$@" 2>/dev/null; do
		((SECONDS < deadline)) || fail "'$*' never came true"
		# A turn for others: the guest's CPUs may be one.
		read -rt 0.02 <><(:) || :
	done
}

transition_of()
{
	[[ $(cat "/sys/kernel/livepatch/$1/transition" 2>/dev/null) == "${2:-1}" ]]
}

log_since_marker()
{
	dmesg | sed -n "/$marker/,\$p"
}

# livepatch_log_is: what livepatch has logged since the scenario began, on stdin.
livepatch_log_is()
{
	local expected found
	expected=$(cat)
	found=$(log_since_marker | sed -n 's/^\[[^]]*\] livepatch: //p')
	[[ $found == "$expected" ]] || fail "livepatch logged: $found; instead of: $expected"
}

# What the kernel itself answers: the errno of a plain insmod, 0 if it loads.
insmod_errno()
{
	local said
	said=$(insmod "$@" 2>&1) && echo 0 && return
	case $said in
	*': Invalid module format') echo ENOEXEC ;;
	*': Unknown symbol in module'*) echo ENOENT ;;
	*': Invalid parameters') echo EINVAL ;;
	*': Module has wrong symbol version') echo ESRCH ;;
	*': File exists') echo EEXIST ;;
	*': Device or resource busy') echo EBUSY ;;
	*': No such device') echo ENODEV ;;
	*': Key was rejected by service') echo EKEYREJECTED ;;
	*': Operation not permitted') echo EPERM ;;
	*': Bad message') echo EBADMSG ;;
	*) echo "$said" ;;
	esac
}

errno_name()
{
	case $1 in
	1) echo EPERM ;; 2) echo ENOENT ;; 8) echo ENOEXEC ;; 16) echo EBUSY ;;
	17) echo EEXIST ;; 19) echo ENODEV ;; 22) echo EINVAL ;; 74) echo EBADMSG ;;
	129) echo EKEYREJECTED ;;
	*) echo "$1" ;;
	esac
}

# refused MODULE ID ERRNO: klp predicts why and with which errno the kernel refuses a module, and
# insmod gets this errno. doc/refusals.md has what such lines say.
refused()
{
	local file=$modules/$1.ko id=$2 errno=$3 predicted answered
	run 1 klp check --json "$file"
	json '[.findings[] | select(.severity == "error")][0].id' "$id"
	predicted=$(errno_name "$(jq -r .errno <<<"$out")")
	answered=$(insmod_errno "$file")
	[[ $predicted/$answered == "$errno/$errno" ]] ||
		fail "$1: predicted $predicted, the kernel answers $answered; expected $errno"
	echo "# refused $id $errno $1 $release"
}

no_livepatch()
{
	[[ -z $(ls /sys/kernel/livepatch) ]] || fail "still there: $(ls /sys/kernel/livepatch)"
}

# As it was before: no sleeper, no patch, no module of ours.
clean_up()
{
	local patch module
	[[ ! -e /proc/klprt_test/wake ]] || wake
	for patch in "${background[@]}"; do
		kill "$patch" 2>/dev/null
		wait "$patch" 2>/dev/null
	done
	for patch in $(klp status --json | jq -r '.patches[].name, .leftovers[]'); do
		klp unload "$patch" >/dev/null 2>&1 || fail "'$patch' could not be cleared away"
	done
	for module in $(lsmod | awk '/^(klprt_test|livepatch|test_klp)/ {print $1}'); do
		rmmod "$module" 2>/dev/null || rmmod -f "$module" 2>/dev/null
	done
	for module in $(lsmod | awk '/^(klp_runtime|klprt_test|livepatch|test_klp)/ {print $1}'); do
		rmmod "$module" || fail "'$module' could not be removed"
	done
}

# put_back: what a scenario of its own has to put back, however it ends.
put_back()
{
	:
}

finish()
{
	local status=$?
	trap - EXIT
	put_back
	[[ ${keeps_patches:-} ]] || (clean_up) || status=1
	if log_since_marker | splats_in "$expected_splats" | grep .; then
		echo "# $scenario: the kernel log has a splat"
		status=1
	fi
	exit $status
}
trap finish EXIT

echo "$marker" >/dev/kmsg
cd /root || exit 1
