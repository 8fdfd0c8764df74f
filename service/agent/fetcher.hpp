// SPDX-License-Identifier: LGPL-2.1-or-later
// A process of its own speaks to the network, of an unprivileged user without capabilities.
// It gets requests and puts what a server answered into a spool folder. Nothing that it says is
// trusted: the part with root reads the folder with its own limits, and verifies.
#pragma once

#include "../../libklp/unique_fd.hpp"
#include "../tuf/folder_transport.hpp"
#include "../tuf/http_transport.hpp"

#include <sys/types.h>

namespace klp::agent {

using tuf::Checked;

// The process, as the part with root has it. It ends with this object.
class Fetcher {
public:
	// Starts this very program as "klpd --fetch". spool is made if it is not there. A request
	// ends as interrupted when interrupt_fd (or -1) becomes readable.
	static Checked<Fetcher> start(const std::string &spool, const tuf::HttpTransport::Way &way,
				      int interrupt_fd);
	Fetcher(Fetcher &&other) noexcept;
	~Fetcher();

	// One request over HTTPS. The faults of HttpTransport; slow, too, for a process that does
	// not answer, and local for one that ended.
	Checked<tuf::HttpAnswer> ask(const tuf::HttpRequest &request);

private:
	Fetcher(pid_t process, UniqueFd socket, tuf::FolderTransport spool, int interrupt_fd)
	    : process_(process),
	      socket_(std::move(socket)),
	      spool_(std::move(spool)),
	      interrupt_fd_(interrupt_fd)
	{
	}
	Checked<> wait_for_answer(const std::string &url);

	pid_t process_;
	UniqueFd socket_;
	tuf::FolderTransport spool_;
	int interrupt_fd_;
};

// The repository behind a Fetcher, for the client of TUF.
class FetcherTransport : public tuf::Transport {
public:
	explicit FetcherTransport(Fetcher *fetcher) : fetcher_(fetcher) {}

	Checked<std::string> fetch(const std::string &url, size_t limit) override;

private:
	Fetcher *fetcher_;
};

// The process itself: gives up root, then serves requests until its socket closes. Returns the
// exit status.
int run_fetcher();

}
