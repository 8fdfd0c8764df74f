// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report.hpp"
#include "../cli/counted.hpp"

#include "../cli/say.hpp"

#include <cstdio>
#include <set>

namespace klp {

using nlohmann::ordered_json;

void print_refusals(FILE *stream, const std::vector<Refusal> &refusals)
{
	std::set<std::string> cured;
	for (const Refusal &refusal : refusals) {
		say(stream, "%s: %s%s%s [%s]\n", refusal.kind->error ? "refused" : "warning",
		    refusal.place.c_str(), refusal.place.empty() ? "" : ": ",
		    refusal.message.c_str(), refusal.kind->id);
		if (*refusal.kind->cure && cured.insert(refusal.kind->id).second)
			say(stream, "         %s; %s\n", refusal.kind->meaning, refusal.kind->cure);
	}
}

static void print_mismatches(const BuiltUnit &unit)
{
	static constexpr size_t enough = 10;
	for (size_t i = 0; i < std::min(unit.mismatches.size(), enough); i++) {
		const Mismatch &mismatch = unit.mismatches[i];
		say(stderr, "unproved: %s: %s+%#llx: %s\n", unit.name.c_str(),
		    mismatch.function.c_str(), static_cast<unsigned long long>(mismatch.offset),
		    mismatch.what.c_str());
	}
	if (unit.mismatches.size() > enough)
		say(stderr, "          and %zu more\n", unit.mismatches.size() - enough);
	if (!unit.likely_reason.empty())
		say(stderr, "          %s\n", unit.likely_reason.c_str());
}

void print_build(const BuildOutcome &outcome, bool explain)
{
	print_refusals(stderr, outcome.refusals);
	for (const BuiltUnit &unit : outcome.units) {
		print_mismatches(unit);
		if (unit.mismatches.empty())
			say(stdout, "proved    %s: %s of %s byte for byte, %s solved, %s\n",
			    unit.name.c_str(), counted(unit.functions, "function").c_str(),
			    unit.object.c_str(), counted(unit.references, "reference").c_str(),
			    counted(unit.constants, "constant").c_str());
	}
	for (const BuiltFunction &function : outcome.functions) {
		say(stdout, "%s  %s %s",
		    outcome.result == BuildResult::built ? "replaces" : "changes ",
		    function.object.c_str(), function.name.c_str());
		if (function.sympos > 1)
			say(stdout, ",%lu", function.sympos);
		if (explain)
			say(stdout, ": %s", function.why.c_str());
		say(stdout, "\n");
	}
	if (outcome.result == BuildResult::built) {
		for (const BuiltCallback &callback : outcome.callbacks)
			say(stdout, "calls     %s as %s of %s\n", callback.function.c_str(),
			    callback.kind, callback.object.c_str());
		for (const BuiltState &state : outcome.states)
			say(stdout, "state     %llu, version %u\n",
			    static_cast<unsigned long long>(state.id), state.version);
		if (outcome.included > 0)
			say(stdout, "includes  %zu more %s\n", outcome.included,
			    outcome.included == 1 ? "part or variable" : "parts and variables");
		say(stdout, "refers    to %s that %s not exported, in %s\n",
		    counted(outcome.livepatch_symbols, "symbol").c_str(),
		    outcome.livepatch_symbols == 1 ? "is" : "are",
		    counted(outcome.livepatch_relocations, "place").c_str());
		if (!outcome.signed_by.empty())
			say(stdout, "signed    by %s\n", outcome.signed_by.c_str());
		double total = 0;
		say(stdout, "took      ");
		for (const auto &[step, time] : outcome.times_ms) {
			say(stdout, "%s %.1f s, ", step.c_str(), time / 1000);
			total += time;
		}
		say(stdout, "in all %.1f s\n", total / 1000);
		say(stdout, "%s: for %s, SHA-256 %s\n", outcome.file.c_str(),
		    outcome.kernel.c_str(), outcome.sha256.c_str());
	} else {
		fflush(stdout);
		say_lines(stderr, "klp-build: " + outcome.message);
	}
	if (!outcome.work_folder.empty())
		say(stdout, "kept      %s\n", outcome.work_folder.c_str());
}

static ordered_json to_json(const std::vector<Refusal> &refusals)
{
	ordered_json list = ordered_json::array();
	for (const Refusal &refusal : refusals)
		list.push_back({{"id", refusal.kind->id},
				{"severity", refusal.kind->error ? "error" : "warning"},
				{"subject", refusal.subject},
				{"place", refusal.place},
				{"message", refusal.message},
				{"cure", refusal.kind->cure}});
	return list;
}

ordered_json to_json(const BuildOutcome &outcome)
{
	ordered_json json = {{"schema", "klp.build/1"},
			     {"patch", outcome.file},
			     {"kernel", outcome.kernel},
			     {"outcome", name_of(outcome.result)},
			     {"message", outcome.message},
			     {"errno", outcome.code},
			     {"compiler", outcome.compiler},
			     {"sha256", outcome.sha256},
			     {"signed_by", outcome.signed_by},
			     {"work_folder", outcome.work_folder},
			     {"removable", outcome.removable},
			     {"findings", to_json(outcome.refusals)},
			     {"functions", ordered_json::array()},
			     {"callbacks", ordered_json::array()},
			     {"states", ordered_json::array()},
			     {"units", ordered_json::array()},
			     {"carried", outcome.included},
			     {"livepatch_symbols", outcome.livepatch_symbols},
			     {"livepatch_relocations", outcome.livepatch_relocations},
			     {"times_ms", ordered_json::object()}};
	for (const BuiltFunction &function : outcome.functions)
		json["functions"].push_back({{"object", function.object},
					     {"function", function.name},
					     {"sympos", function.sympos},
					     {"unit", function.unit},
					     {"why", function.why}});
	for (const BuiltCallback &callback : outcome.callbacks)
		json["callbacks"].push_back({{"object", callback.object},
					     {"callback", callback.kind},
					     {"function", callback.function}});
	for (const BuiltState &state : outcome.states)
		json["states"].push_back({{"id", state.id}, {"version", state.version}});
	for (const BuiltUnit &unit : outcome.units) {
		ordered_json mismatches = ordered_json::array();
		for (const Mismatch &mismatch : unit.mismatches)
			mismatches.push_back({{"function", mismatch.function},
					      {"offset", mismatch.offset},
					      {"what", mismatch.what}});
		json["units"].push_back({{"unit", unit.name},
					 {"object", unit.object},
					 {"functions", unit.functions},
					 {"references", unit.references},
					 {"constants", unit.constants},
					 {"mismatches", mismatches},
					 {"likely_reason", unit.likely_reason}});
	}
	for (const auto &[step, time] : outcome.times_ms)
		json["times_ms"][step] = time;
	return json;
}

static const char *word_of(const Change &change)
{
	return change.before == no_piece ? "new" : change.after == no_piece ? "gone" : "changed";
}

static const Piece &piece_of(const Object &before, const Object &after, const Change &change)
{
	return change.after == no_piece ? before.piece(change.before) : after.piece(change.after);
}

void print_diff(const Object &before, const Object &after, const Difference &difference)
{
	for (const auto *changes : {&difference.functions(), &difference.variables()}) {
		for (const Change &change : *changes) {
			const Piece &piece = piece_of(before, after, change);
			say(stdout, "%-8s %s %s: %s\n", word_of(change),
			    piece.is_code() ? "function" : "variable", piece.name.c_str(),
			    change.why.c_str());
		}
	}
	if (difference.empty())
		say(stdout, "no function and no variable differs\n");
}

ordered_json to_json(const Object &before, const Object &after, const Difference &difference,
		     const std::vector<Refusal> &refusals)
{
	ordered_json json = {{"schema", "klp.diff/1"},
			     {"before", before.path()},
			     {"after", after.path()},
			     {"functions", ordered_json::array()},
			     {"variables", ordered_json::array()},
			     {"findings", to_json(refusals)}};
	auto add = [&](const char *list, const std::vector<Change> &changes) {
		for (const Change &change : changes)
			json[list].push_back({{"name", piece_of(before, after, change).name},
					      {"change", word_of(change)},
					      {"why", change.why}});
	};
	add("functions", difference.functions());
	add("variables", difference.variables());
	return json;
}

}
