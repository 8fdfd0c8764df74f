#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# boot: --timeout 1800 --copy "$build/upstream/$kernel/scripts" --copy "$build/upstream/$kernel/test_klp-call_getpid" --copy "$(type -P sysctl)" --copy "$(type -P date)" --copy "$(type -P stdbuf)" --copy "$(type -P comm)" --copy "$(type -P getconf)" --copy "$(type -P cat)" --copy "$(type -P tee)" --copy "$(type -P dmesg)" --copy "$(type -P tr)" --copy "$(type -P head)" --copy "$(type -P tail)" --copy "$(type -P stat)" --copy /usr/libexec/coreutils/libstdbuf.so:/usr/libexec/coreutils/libstdbuf.so
# The kernel's own livepatch selftests, with klp-load in the place of insmod. The selftests
# compare every word that klp-load prints, and every message of the kernel.
. "$(dirname "$0")/../lib.sh"

mkdir -p shims
printf '#!/bin/sh\nexec klp-load --insmod-compat "$@"\n' >shims/insmod
chmod +x shims/insmod
export PATH=/root/shims:$PATH
mkdir -p "/lib/modules/$release/build"
cp -r scripts work
cp -r test_modules work/
cp test_klp-call_getpid work/ 2>/dev/null
cd work || exit 1
for script in test-*.sh; do
	# 6.12's wants the attribute "replace", which the kernel has since 6.11.
	[[ $script == test-sysfs.sh && $release == 6.1.* ]] && continue
	dmesg -C
	bash "./$script" >/tmp/said 2>&1
	status=$?
	echo "# $script: $(grep -c '^TEST: .* ok$' /tmp/said) ok, exit $status"
	[[ $status == 0 ]] || { sed 's/^/# /' /tmp/said; failed=1; }
done
[[ -z ${failed:-} ]] || fail "some of the kernel's selftests failed"
