// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lock.hpp"
#include "file.hpp"
#include "run_folder.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>

namespace klp {

int milliseconds_until(Clock::time_point deadline)
{
	auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
	return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
}

static Result<bool> try_lock(int fd, const std::string &path)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK)
		return false;
	return fail(errno, "cannot lock '%s': %s", path.c_str(), strerror(errno));
}

// flock(2) has no deadline. But its holder releases the lock by closing the file, and this is an
// inotify event. The kernel drops the lock itself an instant later (__fput() of fs/file_table.c),
// hence the second attempt after a moment.
static Result<> wait_for_close(int inotify, Clock::time_point deadline, int interrupt_fd)
{
	constexpr int second_look_ms = 20;
	pollfd events[] = {{inotify, POLLIN, 0}, {interrupt_fd, POLLIN, 0}};
	char buffer[4096];
	ssize_t drained = read(inotify, buffer, sizeof(buffer));
	int timeout = std::min<int>(milliseconds_until(deadline), longest_sleep.count());
	if (drained > 0)
		timeout = std::min(timeout, second_look_ms);
	if (poll(events, 2, timeout) < 0 && errno != EINTR)
		return fail(errno, "cannot wait for the lock: %s", strerror(errno));
	if (events[1].revents)
		return fail(ECANCELED, "interrupted while waiting for the lock");
	return {};
}

static Result<UniqueFd> open_lock(const std::string &root, const std::string &path)
{
	TRY(run_folder(root)); // makes it
	return open_file(path, O_RDWR | O_CREAT);
}

Result<LoaderLock> LoaderLock::acquire(const std::string &root, Clock::time_point deadline,
				       int interrupt_fd)
{
	std::string path = root + "/run/klp/lock";
	LoaderLock lock;
	Result<UniqueFd> opened = open_lock(root, path);
	if (!opened && opened.error().code == EACCES)
		return fail(EACCES, "needs root: %s", opened.error().message.c_str());
	lock.fd_ = TRY(std::move(opened));
	UniqueFd inotify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
	if (!inotify || inotify_add_watch(inotify.get(), path.c_str(), IN_CLOSE) < 0)
		return fail(errno, "cannot watch '%s': %s", path.c_str(), strerror(errno));
	for (;;) {
		bool locked = TRY(try_lock(lock.fd_.get(), path));
		if (locked)
			break;
		if (Clock::now() >= deadline) {
			std::string holder = TRY(read_line(path));
			return fail(ETIMEDOUT, "'%s' is held by %s", path.c_str(),
				    holder.empty() ? "a process that did not give its name"
						   : holder.c_str());
		}
		TRY(wait_for_close(inotify.get(), deadline, interrupt_fd));
	}
	std::string holder =
		"pid " + std::to_string(getpid()) + " (" + program_invocation_short_name + ")\n";
	if (ftruncate(lock.fd_.get(), 0) != 0 ||
	    pwrite(lock.fd_.get(), holder.data(), holder.size(), 0) !=
		    static_cast<ssize_t>(holder.size()))
		return fail(errno, "cannot write '%s': %s", path.c_str(), strerror(errno));
	return lock;
}

}
