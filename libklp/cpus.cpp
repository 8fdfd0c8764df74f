// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cpus.hpp"
#include "file.hpp"
#include "try.hpp"

#include <cerrno>
#include <charconv>
#include <sstream>

namespace klp {

static constexpr int most_cpus = 8192; // CONFIG_NR_CPUS of Debian's kernels

static bool to_cpu(std::string_view text, int *cpu)
{
	auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), *cpu);
	return status == std::errc() && end == text.data() + text.size() && *cpu >= 0 &&
	       *cpu < most_cpus;
}

Result<std::vector<int>> parse_cpu_list(const std::string &text)
{
	std::vector<int> cpus;
	std::istringstream ranges(text);
	std::string range;
	while (std::getline(ranges, range, ',')) {
		size_t dash = range.find('-');
		int first, last;
		if (!to_cpu(range.substr(0, dash), &first) ||
		    !to_cpu(dash == std::string::npos ? range : range.substr(dash + 1), &last) ||
		    first > last)
			return fail(EBADMSG, "'%s' is no list of CPUs such as 0-3,8", text.c_str());
		for (int cpu = first; cpu <= last; cpu++)
			cpus.push_back(cpu);
	}
	return cpus;
}

static Result<std::vector<int>> read_cpu_list(const std::string &root, const char *name)
{
	std::string line = TRY(read_line(root + "/sys/devices/system/cpu/" + name));
	return parse_cpu_list(line);
}

Result<std::vector<int>> online_cpus(const std::string &root)
{
	return read_cpu_list(root, "online");
}

// A kernel without CONFIG_NO_HZ_FULL has no such file, or "(null)" in it.
std::vector<int> reserved_cpus(const std::string &root)
{
	std::vector<int> reserved;
	for (const char *name : {"isolated", "nohz_full"}) {
		Result<std::vector<int>> cpus = read_cpu_list(root, name);
		if (cpus)
			reserved.insert(reserved.end(), cpus->begin(), cpus->end());
	}
	return reserved;
}

// "cpu0 user nice system idle iowait irq softirq steal guest guest_nice": proc(5).
Result<std::map<int, CpuTime>> read_cpu_times(const std::string &root)
{
	std::string text = TRY(read_text(root + "/proc/stat"));
	std::istringstream lines(text);
	std::map<int, CpuTime> times;
	std::string line;
	while (std::getline(lines, line)) {
		std::istringstream fields(line);
		std::string name;
		int cpu;
		if (!(fields >> name) || !name.starts_with("cpu") || !to_cpu(name.substr(3), &cpu))
			continue;
		CpuTime time = {};
		unsigned long long ticks;
		constexpr int idle = 3, io_wait = 4, guest = 8; // user includes guest
		for (int field = 0; field < guest && fields >> ticks; field++) {
			time.total += ticks;
			if (field != idle && field != io_wait)
				time.busy += ticks;
		}
		times[cpu] = time;
	}
	return times;
}

}
