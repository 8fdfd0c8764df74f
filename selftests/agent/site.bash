# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For scripts that publish livepatches to a hub on the loopback: the documents of one kernel. The
# caller sets:
#
#	$top	 the project's folder
#	$build	 the build folder
#	$kernel	 the release
#
# and gets a folder $t, with $modules by their names in the kernel.

# shellcheck source=selftests/hub/loopback.bash
. "$top/selftests/hub/loopback.bash"
t=$(mktemp -d)
modules=$t/modules
mkdir "$modules"
hub=''

# shellcheck disable=SC2317 # the EXIT trap
cleanup()
{
	[[ ! $hub ]] || kill "$hub"
	wait
	rm -rf "$t"
}
trap cleanup EXIT

# klp-build's modules say which build of the kernel they are for.
build_id=$(for module in "$build/built/$kernel"/*.ko; do modinfo -F klp_build_id "$module"; done |
	sed -n 's/^vmlinux://p' | sort -u)
[[ $build_id =~ ^[0-9a-f]{40}$ ]]
kernel_id=$(jq -n --arg release "$kernel" --arg build_id "$build_id" '{release: $release, build_id: $build_id}')
place=$kernel/$build_id

# patch VERSION MODULE [BUILD_ID]: a target, as the publisher describes it.
patch()
{
	jq -n --arg path "patches/$place/$2.ko" --arg file "$modules/$2.ko" --argjson version "$1" \
		--arg build_id "${3:-$build_id}" '{path: $path, file: $file, custom: {schema: "klp.patch/1",
		version: $version, build_id: $build_id, modules: {}, replaces: ["f"], removable: true}}'
}

# approved VERSION MODULE
approved()
{
	jq -n --argjson version "$1" --arg sha256 "$(sha256sum <"$modules/$2.ko" | cut -c1-64)" \
		'{version: $version, sha256: $sha256, cves: []}'
}

# tier NAME [VERSION MODULE]...
tier()
{
	local name=$1 offers=''
	shift
	while (($#)); do
		offers+=$(jq -n --argjson version "$1" --arg path "patches/$place/$2.ko" \
			--argjson length "$(stat -c %s "$modules/$2.ko")" \
			--arg sha256 "$(sha256sum <"$modules/$2.ko" | cut -c1-64)" \
			'{version: $version, path: $path, length: $length, sha256: $sha256, share: 10000}')
		shift 2
	done
	jq -n --arg path "tiers/$name/$place.json" --arg tier "$name" --argjson kernel "$kernel_id" \
		--slurpfile offers <(echo "$offers") \
		'{path: $path, document: {schema: "klp.tier/1", tier: $tier, kernel: $kernel, offers: $offers}}'
}

# support VERSION MODULE...: the kernel's document, with these versions approved.
support()
{
	local versions=''
	while (($#)); do
		versions+=$(approved "$1" "$2")
		shift 2
	done
	jq -n --arg path "kernels/$place.json" --argjson kernel "$kernel_id" \
		--slurpfile approved <(echo "$versions") \
		'{path: $path, document: {schema: "klp.kernel/1", kernel: $kernel, state: "supported",
			covered_until: 4000000000, minimum_version: 1, approved: $approved}}'
}

# recalls RECALL...
recalls()
{
	printf '%s\n' "$@" | jq -s --arg path "recalls/$place.json" --argjson kernel "$kernel_id" \
		'{path: $path, document: {schema: "klp.recalls/1", kernel: $kernel, recalls: .}}'
}

# publish_targets: the targets of standard input, and no others.
publish_targets()
{
	jq -s '{targets: .}' | "$build/bin/klp-agent-publish" "$t/hub/repository" "$t/keys"
}

# make_hub: a hub that nobody serves yet, on $port.
make_hub()
{
	port=$(free_port)
	"$build/bin/klp-hub" init --address "https://host:$port" "$t/hub" >"$t/init"
}

# serve_hub: after something was published; the token is in $t/token.
serve_hub()
{
	start_hub serve --listen "127.0.0.1:$port" "$t/hub"
	"$build/bin/klp-hub-token" "$t/hub" personal 100000 >"$t/token"
}

# guest_files: what each guest with klpd gets, for vm.
guest_files=(--copy "$build/bin/klp:/usr/bin/klp" --copy "$build/guest/klpd:/usr/sbin/klpd"
	--copy "$build/bin/klp-load:/usr/bin/klp-load" --copy "$build/kmod/$kernel/test:/root/test"
	--copy "$top/selftests/scenarios/lib.sh" --copy "$top/qemu-test/splats.bash:/root/splats.bash"
	--copy /bin/bash --copy /usr/bin/jq --copy "$(type -P grep)" --copy "$(type -P sed)")
