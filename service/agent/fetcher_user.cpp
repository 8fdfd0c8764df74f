// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetcher_user.hpp"

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace klp::agent {

constexpr rlim_t largest_file = 65 << 20; // bytes; libklp takes modules of 64 MiB

FetcherUser fetcher_user()
{
	for (const char *name : {"klp-fetch", "nobody"}) {
		const passwd *entry = getpwnam(name);
		if (entry && entry->pw_uid != 0)
			return {entry->pw_uid, entry->pw_gid};
	}
	return {65534, 65534};
}

static std::unexpected<tuf::Fault> failed(const char *what)
{
	return tuf::refuse(tuf::FaultKind::local, "the fetcher cannot %s: %s", what,
			   strerror(errno));
}

// A process that is not root has given up what it had; its parent decided that.
static tuf::Checked<> change_user(const FetcherUser &user)
{
	for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL)
			return failed("give up a capability");
	if (setgroups(0, nullptr) != 0)
		return failed("leave its groups");
	if (setresgid(user.gid, user.gid, user.gid) != 0 ||
	    setresuid(user.uid, user.uid, user.uid) != 0)
		return failed("change to its user");
	return {};
}

tuf::Checked<> give_up_root(const FetcherUser &user)
{
	if (geteuid() == 0)
		TRY(change_user(user));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return failed("set no_new_privs");
	rlimit limit = {largest_file, largest_file};
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return failed("limit its files");
	if (getuid() == 0 || geteuid() == 0 || setuid(0) == 0) {
		errno = EPERM;
		return failed("give up root");
	}
	return {};
}

}
