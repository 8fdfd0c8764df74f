// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tuf/fault.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace klp::agent {

using tuf::Checked;

enum class Mode {
	normal,
	no_apply, // says what it would apply
	no_refresh, // asks nobody; what is committed is applied at boot
	off, // does nothing at all
};

// The owner's policy: /etc/klp/agent.conf, klp-agent.conf(5).
struct Settings {
	std::optional<int64_t> interval; // seconds between two check-ins; nothing: as the hub says
	std::string proxy, no_proxy, ca;
	std::optional<std::string> tier; // nothing: as the hub says
	bool asks_first = false;
	int64_t probation = 600; // seconds
	Mode mode = Mode::normal;
	bool tells_host_name = true;
	std::map<std::string, std::string> tags;

	// Lines of "KEY = VALUE"; '#' begins a comment. Refuses by name a key that it does not
	// know. name is the file's, for messages.
	static Checked<Settings> parse(const std::string &name, const std::string &text);
	// All defaults where there is no such file.
	static Checked<Settings> read(const std::string &path);
};

// The mode that the kernel's command line asks for, "klp.mode=no-apply"; nothing where it asks for
// none.
Checked<std::optional<Mode>> mode_of_command_line(const std::string &command_line);

}
