// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tuf/fault.hpp"

#include <sys/types.h>

namespace klp::agent {

// The user klp-fetch, or nobody where there is none.
struct FetcherUser {
	uid_t uid;
	gid_t gid;
};
FetcherUser fetcher_user();

// Gives up root for good: the user, all groups, all capabilities, and the way back through a
// program with more rights. Bounds the size of the files that the process writes. local if one of
// these fails: the process then must not go on.
tuf::Checked<> give_up_root(const FetcherUser &user);

}
