// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "database.hpp"

namespace klp::store {

// A machine keeps its place under its token's plan until it is detached, or was silent for so long.
// It is served however long it was silent.
constexpr int64_t ephemeral_silence = 24 * 3600, longest_silence = 30 * 24 * 3600; // seconds

// The last ones of each machine that are kept, so that no machine fills the hub's disk.
constexpr int64_t kept_check_ins = 100, kept_reports = 500;

struct Machine {
	std::string id;
	std::string token; // its id
	std::string secret_sha256;
	bool ephemeral;
	std::string facts; // JSON: kernel, host, tags
	int64_t attached, seen; // seconds since 1970, UTC
	int64_t counter; // the highest of its check-ins, 0 before the first
	std::optional<int64_t> cloned; // when another machine was first seen to have its identity
	std::optional<std::string> state; // JSON: the last check-in without its counter
	std::optional<int64_t> detached;
};

Result<std::optional<Machine>> machine_of_id(Database &database, const std::string &id);
Result<std::optional<Machine>> machine_of_secret(Database &database,
						 const std::string &secret_sha256);

// Those that are attached, the last seen first.
Result<std::vector<Machine>> attached_machines(Database &database, int64_t most);

// It gives its place back, and its secret opens nothing from now on. False if there is no such
// machine, or it was detached before.
Result<bool> detach_machine(Database &database, const std::string &id, int64_t now);

// Machines that have a place under the token now.
Result<int64_t> places_taken(Database &database, const std::string &token, int64_t now);
bool has_place(const Machine &machine, int64_t now);

// Puts a machine in, or in the place of that with its id.
Result<> put_machine(Database &database, const Machine &machine);

// One check-in: counter and time always, and the state where it is another than before, which
// is also a row of check_ins. The caller has a Transaction.
Result<> note_check_in(Database &database, const Machine &machine, int64_t counter,
		       const std::string &state, int64_t now);
// A check-in whose counter is not above all earlier ones.
Result<> note_clone(Database &database, const Machine &machine, int64_t now);

struct ReportRow {
	std::string machine;
	int64_t number, time;
	std::string release, build_id;
	int64_t version;
	std::string step;
	std::string report; // JSON, all of it
};

// One that is there counts once. False if the machine's report of this number says something else.
// The caller has a Transaction.
Result<bool> add_report(Database &database, const ReportRow &report);

}
