// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <klp/kernel.hpp>
#include <optional>
#include <string>

// The last word of klpd on this machine, held against the boot and the kernel as they are now.
struct AgentVerdict {
	std::string words; // "AT RISK"
	std::string reason;
	int exit_status;
};

// Nothing for a machine that is attached to no hub.
std::optional<AgentVerdict> agent_verdict(klp::Kernel &kernel);
