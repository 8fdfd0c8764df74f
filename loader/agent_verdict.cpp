// SPDX-License-Identifier: LGPL-2.1-or-later
// klpd's status is a file (klp.agent-status/1) that is read: this asks no process, and waits for
// none.
#include "agent_verdict.hpp"
#include "../cli/exit_status.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace klp;
using nlohmann::json;

namespace {

constexpr const char *status_file = "/run/klpd/status.json";
constexpr const char *identity_file = "/var/lib/klpd/identity.json";

AgentVerdict unknown(std::string reason)
{
	return {"UNKNOWN", std::move(reason), exit_undecided};
}

bool is_active(Kernel &kernel, const std::string &module)
{
	Result<LoadedPatch> patch = kernel.livepatch(module);
	return patch && patch->is_wanted();
}

std::string upper_case(std::string word)
{
	std::ranges::replace(word, '-', ' ');
	std::ranges::transform(word, word.begin(),
			       [](unsigned char letter) { return std::toupper(letter); });
	return word;
}

std::optional<std::string> text(const json &document, const char *name)
{
	auto found = document.find(name);
	if (found == document.end() || !found->is_string())
		return std::nullopt;
	return found->get<std::string>();
}

std::string boot_id()
{
	std::ifstream file("/proc/sys/kernel/random/boot_id");
	std::string line;
	std::getline(file, line);
	return line;
}

int64_t number(const json &document, const char *name)
{
	auto found = document.find(name);
	return found != document.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

// When klpd last looked, where that is a day longer ago than it meant to look again.
std::optional<int64_t> overdue_since(const json &document)
{
	constexpr int64_t day = 24 * 3600; // seconds
	int64_t looked = number(document, "time");
	int64_t due = std::max(looked, number(document, "next_round"));
	if (std::time(nullptr) <= due + day)
		return std::nullopt;
	return looked;
}

std::string day_of(int64_t time)
{
	char text[32] = "";
	tm parts = {};
	gmtime_r(&time, &parts);
	strftime(text, sizeof(text), "%Y-%m-%d", &parts);
	return text;
}

// The patch that the document has for active, and the kernel has not.
std::optional<AgentVerdict> contradiction(const json &document, Kernel &kernel)
{
	auto patch = document.find("patch");
	if (patch == document.end() || !patch->is_object())
		return std::nullopt;
	std::optional<std::string> module = text(*patch, "module");
	if (!module || is_active(kernel, *module))
		return std::nullopt;
	return AgentVerdict{
		"AT RISK", "klpd applied '" + *module + "', which is not active; see 'klp refresh'",
		exit_changed};
}

}

std::optional<AgentVerdict> agent_verdict(Kernel &kernel)
{
	std::error_code error;
	std::ifstream file(status_file);
	if (!file && !std::filesystem::exists(identity_file, error))
		return std::nullopt;
	if (!file)
		return unknown("attached, but klpd has not run since the boot; see "
			       "'systemctl status klpd'");
	json document = json::parse(file, nullptr, false);
	if (!document.is_object() || text(document, "schema") != "klp.agent-status/1")
		return unknown(std::string("'") + status_file + "' is no klp.agent-status/1");
	std::optional<std::string> verdict = text(document, "verdict"),
				   reason = text(document, "reason");
	auto status = document.find("exit_status");
	if (!verdict || !reason || status == document.end() || !status->is_number_integer())
		return unknown(std::string("'") + status_file + "' has no verdict");
	if (text(document, "boot_id") != boot_id())
		return unknown("klpd has not run since the boot; see 'systemctl status klpd'");
	std::optional<int64_t> since = overdue_since(document);
	if (since)
		return unknown("klpd has not looked since " + day_of(*since) +
			       "; see 'systemctl status klpd'");
	std::optional<AgentVerdict> wrong = contradiction(document, kernel);
	if (wrong)
		return wrong;
	return AgentVerdict{upper_case(*verdict), *reason, status->get<int>()};
}
