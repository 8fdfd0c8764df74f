// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs that change what the agent may do, and have it look again: enable, disable, refresh, apply,
// hold, unhold.
#include "verb.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <ctime>

namespace klp::agent {

namespace {

using Change = std::function<Checked<>(AgentState *)>;

struct Words {
	Places places;
	int64_t version = 0;
	std::string reason = "held by root";
	bool unloads = false;
};

Checked<> nothing(AgentState *)
{
	return {};
}

// A verb without words of its own.
int run_plain(const char *name, const char *help, int argc, char **argv, const Round::Wish &wish,
	      const Change &change)
{
	Places places;
	CommandLine app(help, name);
	add_places(&app, &places);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return change_and_round(name, places, wish, change);
}

void add_version(CommandLine *app, Words *words)
{
	app->add_option("VERSION", words->version, "the version of the patch")
		->required()
		->check(number_between(1, protocol::highest_version, "versions"));
}

Checked<> unload_active(AgentState *state)
{
	Round round = TRY(Round::begin(state, -1));
	TRY(round.settle());
	if (round.active())
		TRY(round.remove_active());
	return {};
}

}

int run_enable(int argc, char **argv)
{
	return run_plain("klp enable", "Needs root. Apply livepatches again after klp disable.",
			 argc, argv, {}, [](AgentState *state) -> Checked<> {
				 state->journal.off_since.reset();
				 return {};
			 });
}

int run_disable(int argc, char **argv)
{
	Words words;
	CommandLine app("Needs root. Apply no more livepatches, until klp enable.", "klp disable");
	app.add_flag("--unload", words.unloads, "disable the active one, too");
	add_places(&app, &words.places);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return change_and_round("klp disable", words.places, {},
				[&](AgentState *state) -> Checked<> {
					if (!state->journal.off_since)
						state->journal.off_since = time(nullptr);
					TRY(state->save_journal());
					return words.unloads ? unload_active(state) : Checked<>();
				});
}

int run_refresh(int argc, char **argv)
{
	return run_plain("klp refresh",
			 "Needs root. Ask the hub now, and apply what it has for this machine.",
			 argc, argv, {}, nothing);
}

int run_apply(int argc, char **argv)
{
	return run_plain("klp apply",
			 "Needs root. Apply what waits for this word, and try again what failed.",
			 argc, argv, {.may_apply = true}, [](AgentState *state) -> Checked<> {
				 KernelRecord *record = TRY(record_of_running_kernel(state));
				 record->failed.clear();
				 return {};
			 });
}

int run_hold(int argc, char **argv)
{
	Words words;
	CommandLine app("Needs root. Do not apply this version here.", "klp hold");
	add_version(&app, &words);
	app.add_option("--reason", words.reason, "for klp status, one line")->capture_default_str();
	add_places(&app, &words.places);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return change_and_round("klp hold", words.places, {}, [&](AgentState *state) -> Checked<> {
		KernelRecord *record = TRY(record_of_running_kernel(state));
		std::erase_if(record->held,
			      [&](const auto &held) { return held.version == words.version; });
		if (record->held.size() >= KernelRecord::most_withheld)
			return tuf::refuse(tuf::FaultKind::local,
					   "%zu versions are held; unhold one first",
					   record->held.size());
		record->held.push_back({words.version, line_of(words.reason)});
		return {};
	});
}

int run_unhold(int argc, char **argv)
{
	Words words;
	CommandLine app("Needs root. Apply this version again, which was held here.", "klp unhold");
	add_version(&app, &words);
	add_places(&app, &words.places);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return change_and_round(
		"klp unhold", words.places, {}, [&](AgentState *state) -> Checked<> {
			KernelRecord *record = TRY(record_of_running_kernel(state));
			size_t count = std::erase_if(record->held, [&](const auto &held) {
				return held.version == words.version;
			});
			if (count == 0)
				return tuf::refuse(tuf::FaultKind::local, "patch %lld is not held",
						   static_cast<long long>(words.version));
			return {};
		});
}

}
