// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../../libklp/unique_fd.hpp"
#include "transport.hpp"

namespace klp::tuf {

// A repository in a folder of this machine, which may belong to somebody less trusted: a spool that
// an unprivileged process fills. The path of a file is the part of the URL behind "folder:", as it
// is escaped there. Follows no link, leaves the folder by no "..", and waits for no FIFO.
class FolderTransport : public Transport {
public:
	static Checked<FolderTransport> open(const std::string &path);

	Checked<std::string> fetch(const std::string &url, size_t limit) override;

private:
	explicit FolderTransport(UniqueFd fd) : fd_(std::move(fd)) {}

	UniqueFd fd_;
};

}
