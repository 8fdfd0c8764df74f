// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "attach.hpp"
#include "refused.hpp"

namespace klp::protocol {

// One word for people and programs on whether this machine has its fixes; klp status shows it.
enum class Verdict {
	ok,
	waiting,
	at_risk,
	reboot_required,
	not_covered,
	off,
	unknown,
};
inline constexpr std::array verdict_words = {"ok",	    "waiting", "at-risk", "reboot-required",
					     "not-covered", "off",     "unknown"};

// A patch that is active.
struct Applied {
	int64_t version, since; // since is in seconds since 1970, UTC

	bool operator==(const Applied &) const = default;
};

// A version that this machine does not apply, or could not.
struct Withheld {
	int64_t version;
	std::string reason; // one line

	bool operator==(const Withheld &) const = default;
};

Checked<Withheld> withheld_of(const Fields &fields);
nlohmann::json to_json(const std::vector<Withheld> &patches);

// POST /v1/check-in, with the machine's secret as the bearer.
struct CheckIn {
	static constexpr const char *schema = "klp.checkin/1";

	// One more than in the request before, whether or not that was answered. A value that is
	// not above all earlier ones shows that two machines have this identity.
	int64_t counter;
	std::string boot_id; // /proc/sys/kernel/random/boot_id
	std::string agent; // its version, a component
	Verdict verdict;
	std::string reason; // for the verdict, one line
	std::vector<Applied> applied;
	std::vector<Withheld> held, failed;
	std::vector<Refused> refused; // of what is offered
	// repository_state(); nothing where the agent has not looked yet.
	std::optional<std::string> repository;
	std::optional<RunningKernel> next_boot; // nothing where the agent cannot tell
	MachineFacts facts;

	static Checked<CheckIn> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const CheckIn &) const = default;
};

struct CheckedIn {
	static constexpr const char *schema = "klp.checkin-answer/1";

	int64_t interval; // seconds to the next check-in
	std::string tier;
	// Another machine has this identity: attach with a new id and a new secret.
	bool reattach;
	int64_t time; // the hub's clock. It is a hint that the own clock is wrong, and sets nothing

	static Checked<CheckedIn> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const CheckedIn &) const = default;
};

constexpr int64_t highest_counter = 9'007'199'254'740'991; // JavaScript's, too

// A boot id as the kernel writes it: 36 letters, 8-4-4-4-12 hexadecimal digits.
Checked<std::string> boot_id(const Fields &fields, const char *name);

}
