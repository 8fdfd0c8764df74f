// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal.hpp"
#include "file.hpp"

#include <klp/masked.hpp>
#include <syslog.h>
#include <unistd.h>

namespace klp {

void journal(const char *action, const std::string &patch, const std::string &sha256,
	     const std::string &release, const char *result, double duration_ms)
{
	// The user who logged in, which the audit subsystem keeps across sudo.
	Result<std::string> login = read_line("/proc/self/loginuid");
	syslog(LOG_DAEMON | LOG_NOTICE,
	       "klp: action=%s patch=%s sha256=%s kernel=%s result=%s duration_ms=%.0f uid=%d login_uid=%s",
	       action, masked(patch).c_str(), sha256.empty() ? "-" : masked(sha256).c_str(),
	       masked(release).c_str(), result, duration_ms, static_cast<int>(getuid()),
	       login ? login->c_str() : "-");
}

}
