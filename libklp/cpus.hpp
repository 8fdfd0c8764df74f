// SPDX-License-Identifier: LGPL-2.1-or-later
// The machine's CPUs, as sysfs and /proc/stat show them.
#pragma once

#include <klp/error.hpp>
#include <map>
#include <string>
#include <vector>

namespace klp {

// "0-3,8" as a list. EBADMSG for anything else; empty text is no CPU.
Result<std::vector<int>> parse_cpu_list(const std::string &text);

Result<std::vector<int>> online_cpus(const std::string &root);

// CPUs that the machine's owner reserves: isolated, or without a tick (nohz_full).
std::vector<int> reserved_cpus(const std::string &root);

// The busy time and the total time of each CPU, in clock ticks since boot.
struct CpuTime {
	unsigned long long busy, total;
};
Result<std::map<int, CpuTime>> read_cpu_times(const std::string &root);

}
