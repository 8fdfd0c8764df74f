// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel_log.hpp"
#include "file.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>

namespace klp {

Result<KernelLog> KernelLog::follow(const std::string &root)
{
	KernelLog log;
	std::string path = root + "/dev/kmsg";
	log.fd_ = TRY(open_file(path, O_RDONLY | O_NONBLOCK));
	if (lseek(log.fd_.get(), 0, SEEK_END) < 0)
		return fail(errno, "cannot follow '%s': %s", path.c_str(), strerror(errno));
	return log;
}

// "6,1234,5678901,-": level, sequence, microseconds.
static std::chrono::microseconds time_in(std::string_view prefix)
{
	for (int field = 0; field < 2; field++)
		prefix.remove_prefix(std::min(prefix.find(','), prefix.size() - 1) + 1);
	uint64_t time = 0;
	std::from_chars(prefix.data(), prefix.data() + prefix.size(), time);
	return std::chrono::microseconds(time);
}

std::vector<LogMessage> KernelLog::read_new()
{
	std::vector<LogMessage> messages;
	char record[8192]; // CONSOLE_EXT_LOG_MAX: a shorter buffer gets EINVAL
	for (;;) {
		ssize_t got = read(fd_.get(), record, sizeof(record));
		if (got < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (got <= 0)
			return messages;
		// "6,1234,5678901,-;message\n KEY=value\n"
		std::string_view text(record, got);
		size_t start = text.find(';');
		size_t end = text.find('\n');
		if (start != std::string_view::npos && start > 0 && end != std::string_view::npos &&
		    start < end)
			messages.push_back({time_in(text.substr(0, start)),
					    std::string(text.substr(start + 1, end - start - 1))});
	}
}

}
