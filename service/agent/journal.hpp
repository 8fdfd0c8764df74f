// SPDX-License-Identifier: LGPL-2.1-or-later
// All that the agent knows across its own death: journal.json. Each step of a version is stored and
// synced before it is done. After a death at any instant the next start therefore finds the version
// from before, or the one that was begun, which it then begins again: libklp takes bytes that are
// active for applied.
#pragma once

#include "../protocol/recalls.hpp"
#include "../protocol/report.hpp"
#include "decision.hpp"

namespace klp::agent {

using protocol::Step;

// A module in the folder of patches.
struct StoredPatch {
	int64_t version;
	std::string module; // its name in the kernel
	std::string file; // in the folder of patches
	std::string sha256; // of the file

	bool operator==(const StoredPatch &) const = default;
};

// The way of one version: from fetched to probation.
struct Attempt {
	StoredPatch patch;
	Step step;
	std::string boot_id; // of the boot that took the step
	int64_t time; // of the step, seconds since 1970, UTC

	bool operator==(const Attempt &) const = default;
};

// Boots that ended soon after this version was applied, with no word of klpd. An attempt at another
// version does not end the count: each boot first applies what is committed.
struct Lost {
	int64_t version;
	int64_t boots;

	bool operator==(const Lost &) const = default;
};

struct PatchSince {
	StoredPatch patch;
	int64_t since; // seconds since 1970, UTC

	bool operator==(const PatchSince &) const = default;
};

// All on one build of the kernel.
struct KernelRecord {
	static constexpr size_t most_withheld = 200; // held, and failed

	protocol::KernelId kernel;
	int64_t minimum = 0; // the highest version that was committed
	std::optional<PatchSince> committed; // applied at boot
	std::optional<Attempt> attempt;
	// Active in this boot, until another one is: its attempt ended, or gave way to the next.
	std::optional<PatchSince> uncommitted;
	std::optional<Lost> lost;
	std::vector<protocol::Withheld> held, failed;
	std::vector<protocol::Recall> recalls; // as they were last known

	bool is_committed(const StoredPatch &patch) const
	{
		return committed && committed->patch == patch;
	}

	bool operator==(const KernelRecord &) const = default;
};

// The trusted metadata, as the last refreshes found it.
struct News {
	int64_t issued = 0; // the newest trusted time; the clock is not before it
	int64_t root = 0; // the version of the root then
	int64_t refreshed = 0; // when metadata was last found current; 0 for never
	int64_t until = 0; // when its timestamp expires
	std::string state = "unreachable"; // "current", or the word of a fault
	std::string message = ""; // of the fault

	bool operator==(const News &) const = default;
};

// The last verdict of the agent on the machine.
struct Said {
	Verdict verdict = Verdict::unknown;
	std::string reason = "no trusted news yet";
	int64_t active = 0; // the version; 0 for none
	std::vector<Refused> refused;
	std::vector<std::string> notices = {}; // ids of those that ask for another kernel

	bool operator==(const Said &) const = default;
};

struct Journal {
	static constexpr const char *schema = "klp.journal/1";
	static constexpr size_t most_reports = 100; // the oldest goes first

	std::string boot_id = "00000000-0000-0000-0000-000000000000"; // of the last round
	int64_t counter = 0; // of check-ins
	int64_t reports_made = 0;
	std::vector<protocol::Report> reports; // that the hub did not answer yet
	std::optional<int64_t> off_since; // disabled by root
	bool is_clone = false; // the hub asks to attach anew
	int64_t failures = 0; // rounds in a row that did not reach the hub
	int64_t next_round = 0; // not before this time
	News news;
	Said said;
	std::vector<KernelRecord> kernels; // the one in use last is the last

	// The record of this kernel, made if it is not there. The verdict on another one is
	// forgotten.
	KernelRecord *of_kernel(const protocol::KernelId &kernel);
	// The attempt that is on probation in the boot of the last round, or null. Another kernel's
	// attempt is of another boot.
	Attempt *on_probation();

	static Checked<Journal> parse(const nlohmann::json &document);
	nlohmann::json to_json() const;

	bool operator==(const Journal &) const = default;
};

// Takes an attempt of an earlier boot into this one. A machine that went down while the
// version was begun, and did so before, holds it, committed or not: true. Call it once a boot.
bool note_new_boot(KernelRecord *record, const std::string &boot_id);

// For an attempt that stood its probation.
void commit(KernelRecord *record, int64_t now);

// A text as a line of a document: not empty, and cut to protocol::longest_line bytes.
std::string line_of(std::string text);

}
