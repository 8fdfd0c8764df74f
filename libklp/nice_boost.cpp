// SPDX-License-Identifier: LGPL-2.1-or-later
#include "nice_boost.hpp"

#include <cerrno>
#include <sys/resource.h>

namespace klp {

// On Linux the nice value belongs to a thread, and 0 is the calling thread.
NiceBoost::NiceBoost()
{
	constexpr int first = -20;
	errno = 0;
	int before = getpriority(PRIO_PROCESS, 0);
	if (errno == 0 && setpriority(PRIO_PROCESS, 0, first) == 0)
		before_ = before;
}

NiceBoost::~NiceBoost()
{
	if (before_)
		setpriority(PRIO_PROCESS, 0, *before_);
}

}
