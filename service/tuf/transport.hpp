// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "fault.hpp"

namespace klp::tuf {

// The way to a repository. One object belongs to one thread at a time.
class Transport {
public:
	virtual ~Transport() = default;

	// The bytes behind a URL, by one request. Refuses: absent, unreachable, slow, endless for
	// more than limit bytes.
	virtual Checked<std::string> fetch(const std::string &url, size_t limit) = 0;
};

}
