// SPDX-License-Identifier: LGPL-2.1-or-later
#include "transition_events.hpp"

#include "lock.hpp"
#include "log_events.hpp"
#include "runtime_events.hpp"
#include "sysfs_events.hpp"
#include "try.hpp"

#include <cerrno>
#include <cstring>
#include <poll.h>

namespace klp {

TransitionEvents TransitionEvents::open(Kernel &kernel, Wanted wanted, Opener opener)
{
	TransitionEvents events(kernel, std::move(wanted), opener);
	events.open_next();
	return events;
}

Result<std::unique_ptr<EventReader>> TransitionEvents::open_source(Source source, Kernel &kernel,
								   BpfEvents::Detail detail)
{
	switch (source) {
	case Source::runtime:
		return RuntimeEvents::open(kernel);
	case Source::bpf:
		return BpfEvents::open(kernel, detail);
	case Source::kmsg:
		return LogEvents::open(kernel);
	case Source::sysfs:
		break;
	}
	return std::unique_ptr<EventReader>(new SysfsEvents(kernel));
}

void TransitionEvents::open_next()
{
	while (!wanted_.sources.empty()) {
		source_ = wanted_.sources.front();
		wanted_.sources.erase(wanted_.sources.begin());
		Result<std::unique_ptr<EventReader>> opened =
			opener_(source_, *kernel_, wanted_.detail);
		if (opened) {
			reader_ = std::move(*opened);
			return;
		}
		why_ += (why_.empty() ? "" : "; ") + opened.error().message;
	}
	source_ = Source::sysfs;
	reader_.reset(new SysfsEvents(*kernel_));
}

Result<std::vector<TransitionEvent>> TransitionEvents::read()
{
	Result<std::vector<TransitionEvent>> events = reader_->read();
	if (events || source_ == Source::sysfs)
		return events;
	why_ += (why_.empty() ? "" : "; ") + events.error().message;
	lost_before_ += reader_->lost();
	open_next();
	return std::vector<TransitionEvent>();
}

Result<bool> TransitionEvents::wait(std::chrono::steady_clock::time_point deadline,
				    int interrupt_fd) const
{
	pollfd events[] = {{interrupt_fd, POLLIN, 0}, {reader_->fd(), POLLIN, 0}};
	if (poll(events, std::size(events), milliseconds_until(deadline)) < 0 && errno != EINTR)
		return fail(errno, "cannot wait for a transition: %s", strerror(errno));
	return events[0].revents != 0;
}

}
