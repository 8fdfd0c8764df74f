// SPDX-License-Identifier: LGPL-2.1-or-later
// The decision on this kernel's livepatches, and the verdict on this machine. Pure: it reads
// no file, no network and no clock.
#pragma once

#include "../protocol/check_in.hpp"
#include "../protocol/kernel_support.hpp"
#include "../protocol/notice.hpp"
#include "../protocol/offers.hpp"
#include "../protocol/patch_facts.hpp"
#include "../protocol/recalls.hpp"

namespace klp::agent {

using protocol::Refusal;
using protocol::Refused;
using protocol::Verdict;
using tuf::Checked;

// The facts that the role releases has on a path that a tier offers.
struct Released {
	protocol::PatchFacts facts;
	int64_t length;
	std::string sha256;
};

// The trusted documents on one kernel.
struct Documents {
	std::optional<protocol::KernelSupport> support; // nothing: releases has none for the kernel
	std::optional<protocol::Offers> offers; // likewise the tier
	// A kernel without recalls has an empty list. A fault stops each new application.
	tuf::Checked<std::vector<protocol::Recall>> recalls;
	std::map<std::string, Released> released; // by path
	std::vector<protocol::Notice> notices; // those that the kernel's document names
};

struct MachineState {
	std::string id; // the hub's name of this machine
	protocol::RunningKernel kernel;
	std::string tier;
	std::optional<int64_t> active; // the version that the agent applied, if it still is
	std::optional<int64_t> committed; // the version that is applied at boot
	int64_t minimum; // the highest version that was committed for this build id; 0 for none
	std::vector<protocol::Withheld> held, failed;
	std::optional<int64_t> off_since; // disabled by root
	bool may_apply; // false where the owner wants to be asked first
	std::string_view waits_for = "'klp apply' applies it"; // where it may not
	int64_t now; // seconds since 1970, UTC
};

enum class Action {
	none,
	apply, // Decision::offer
	remove, // the active version: it was recalled
};

struct Decision {
	static constexpr size_t most_refused = 64; // that are said

	Action action = Action::none;
	protocol::Offer offer = {}; // for apply
	Verdict verdict = Verdict::unknown;
	std::string reason; // one line
	std::vector<Refused> refused; // the highest version first, up to most_refused
};

// The verdict is on the machine as it is: an action that was taken asks for another decision.
Decision decide(const Documents &documents, const MachineState &machine);

// Whether a share of the machines, in 1/10,000, includes this one. The same machine gets the same
// answer for the same version, and a larger share includes each smaller one.
bool is_in_share(const std::string &machine, int64_t version, int64_t share);

}
