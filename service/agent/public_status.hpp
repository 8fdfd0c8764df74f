// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent_state.hpp"
#include "this_machine.hpp"

namespace klp::agent {

// The version that the agent applied and that tasks run.
struct ActivePatch {
	StoredPatch patch;
	int64_t since; // seconds since 1970, UTC
	bool is_committed; // else on probation
};

// Who reads status.json sees no secret: it is for everybody.
struct PublicStatus {
	static constexpr const char *schema = "klp.agent-status/1";

	const ThisMachine *machine;
	const Journal *journal;
	const KernelRecord *record; // null where the kernel's build id cannot be seen
	const Identity *identity;
	std::string tier;
	std::optional<ActivePatch> active;
	int64_t time; // seconds since 1970, UTC

	nlohmann::json to_json() const;
};

// Writes RUN/status.json, whole and readable for all.
Checked<> write_status(const Places &places, const PublicStatus &status);
// For a machine that is attached no more.
Checked<> remove_status(const Places &places);

// "AT RISK", as people read a verdict, and the exit status of klp status.
const char *words_of(Verdict verdict);
int exit_status_of(Verdict verdict);

}
