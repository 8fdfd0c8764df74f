#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# .ko.xz, .ko.zst and .ko.gz, on kernels that unpack modules and those that don't.
. "$(dirname "$0")/lib.sh"

for suffix in xz zst gz; do
	run 0 klp-load --json $modules/variant_compressed.ko.$suffix
	json .result applied
	run 0 klp unload klprt_test_replace_a
done
