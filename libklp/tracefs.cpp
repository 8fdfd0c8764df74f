// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tracefs.hpp"
#include "file.hpp"
#include "try.hpp"

#include <charconv>

namespace klp {

static std::string folder_of(const std::string &root)
{
	std::string own = root + "/sys/kernel/tracing";
	// Where only debugfs is mounted, tracefs is found inside it.
	return exists(own + "/README") ? own : root + "/sys/kernel/debug/tracing";
}

Result<SymbolTable> read_traceable_functions(const std::string &root)
{
	std::string path = folder_of(root) + "/available_filter_functions";
	bool with_addresses = exists(path + "_addrs");
	std::string text = TRY(read_text(with_addresses ? path + "_addrs" : path));
	return SymbolTable::parse_ftrace_functions(std::move(text), with_addresses);
}

// "schedule (1) R I     \ttramp: 0xffffffffc0a51000 (klp_ftrace_handler+0x0/0x1b0) ..."
// "ext4_sync_fs [ext4] (2) R I D \t->arch_ftrace_ops_list_func+0x0/0x2a0"
// A direct call has a line of its own, which begins with a tab; the flag D has already announced
// it.
static bool parse_line(std::string_view line, TracedFunction *function)
{
	size_t open = line.find(" (");
	if (line.empty() || line[0] == '\t' || open == std::string_view::npos)
		return false;
	std::string_view owner = line.substr(0, open);
	size_t bracket = owner.find(" [");
	function->name = owner.substr(0, bracket);
	function->module = "";
	if (bracket != std::string_view::npos && owner.back() == ']')
		function->module = owner.substr(bracket + 2, owner.size() - bracket - 3);
	const char *end = line.data() + line.size();
	auto [close, status] = std::from_chars(line.data() + open + 2, end, function->users);
	if (status != std::errc() || close == end || *close != ')')
		return false;
	std::string_view rest(close + 1, end - close - 1);
	std::string_view flags = rest.substr(0, rest.find_first_of("\t-"));
	function->ip_modify = flags.find('I') != std::string_view::npos;
	function->direct = flags.find('D') != std::string_view::npos;
	function->livepatch_named = rest.find("(klp_ftrace_handler") != std::string_view::npos ||
				    rest.find("->klp_ftrace_handler") != std::string_view::npos;
	return true;
}

std::vector<TracedFunction> parse_traced_functions(std::string_view text)
{
	std::vector<TracedFunction> functions;
	while (!text.empty()) {
		size_t end = std::min(text.find('\n'), text.size());
		TracedFunction function;
		if (parse_line(text.substr(0, end), &function))
			functions.push_back(std::move(function));
		text.remove_prefix(std::min(end + 1, text.size()));
	}
	return functions;
}

Result<std::vector<TracedFunction>> read_traced_functions(const std::string &root)
{
	std::string text = TRY(read_text(folder_of(root) + "/enabled_functions"));
	return parse_traced_functions(text);
}

}
