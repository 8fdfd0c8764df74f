// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kprobes.hpp"
#include "file.hpp"
#include "try.hpp"

#include <cerrno>
#include <set>
#include <sstream>

namespace klp {

// "ffffffff8133a7c0  k  ext4_sync_fs+0x0  ext4 [FTRACE]", as report_probe() of
// kernel/kprobes.c prints it; without the module for the kernel's own functions.
static bool parse_line(const std::string &line, Tracer *tracer)
{
	std::istringstream words(line);
	std::string address, kind, place, word;
	if (!(words >> address >> kind >> place) || (kind != "k" && kind != "r"))
		return false;
	*tracer = {};
	tracer->kind = kind == "k" ? Tracer::Kind::kprobe : Tracer::Kind::kretprobe;
	size_t plus = place.find('+');
	tracer->function = place.substr(0, plus);
	tracer->name = place.substr(std::min(plus, place.size()));
	tracer->object = "vmlinux";
	while (words >> word) {
		if (word.find("[DISABLED]") != std::string::npos ||
		    word.find("[GONE]") != std::string::npos)
			return false;
		if (word.find("[FTRACE]") != std::string::npos)
			tracer->name = "";
		if (word[0] != '[')
			tracer->object = word;
	}
	return true;
}

// "should_failslab	ERRNO", "NAME [MODULE]	TYPE"
static Result<std::set<std::string>> read_error_injection(const std::string &root)
{
	std::set<std::string> functions;
	std::string path = root + "/sys/kernel/debug/error_injection/list";
	if (!exists(path)) // a kernel without it has no bpf_override_return() either
		return functions;
	std::string text = TRY(read_text(path));
	std::istringstream lines(text);
	for (std::string line; std::getline(lines, line);)
		functions.insert(line.substr(0, line.find_first_of(" \t")));
	return functions;
}

Result<std::vector<Tracer>> read_kprobes(const std::string &root)
{
	std::string text = TRY(read_text(root + "/sys/kernel/debug/kprobes/list"));
	std::set<std::string> injectable = TRY(read_error_injection(root));
	std::vector<Tracer> probes;
	std::istringstream lines(text);
	for (std::string line; std::getline(lines, line);) {
		Tracer probe;
		if (!parse_line(line, &probe))
			continue;
		probe.may_suppress =
			probe.kind == Tracer::Kind::kprobe && injectable.contains(probe.function);
		probes.push_back(std::move(probe));
	}
	return probes;
}

}
