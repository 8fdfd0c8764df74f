// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cut_list.hpp"
#include "../../cli/say.hpp"
#include "../protocol/admin_lists.hpp"

namespace klp::admin {

void say_if_cut(size_t listed, const char *what)
{
	if (listed >= protocol::most_listed)
		say(stderr, "the hub lists %zu %s at most; there may be more\n",
		    protocol::most_listed, what);
}

}
