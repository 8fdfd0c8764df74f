# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# KTAP for scripts that run on the host:
#
#	begin 3
#	test_that 'a name' COMMAND...	(ok when it exits with 0)
#	end

number=0 failures=0

begin()
{
	echo 'KTAP version 1'
	echo "1..$1"
	planned=$1
}

test_that()
{
	local name=$1 said
	shift
	number=$((number + 1))
	if said=$("$@" 2>&1); then
		echo "ok $number $name"
	else
		echo "# ${said//$'\n'/$'\n'# }"
		echo "not ok $number $name"
		failures=$((failures + 1))
	fi
}

end()
{
	((number == planned)) || echo "# $number tests ran instead of $planned"
	((failures == 0 && number == planned))
	exit
}
