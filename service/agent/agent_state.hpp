// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tuf/durable_folder.hpp"
#include "identity.hpp"
#include "journal.hpp"
#include "settings.hpp"

namespace klp::agent {

// Where the agent has its files.
struct Places {
	std::string state = "/var/lib/klpd", run = "/run/klpd", settings = "/etc/klp/agent.conf";

	std::string trust() const { return state + "/trust"; } // metadata, verified
	std::string documents() const { return state + "/documents"; }
	std::string patches() const { return state + "/patches"; }
	std::string spool() const { return state + "/spool"; } // the fetcher's
};

// The agent's own files, locked for this process: klpd and the verbs change them in turn.
class AgentState {
public:
	// Waits until no other process has them.
	static Checked<AgentState> open(const Places &places);

	Checked<> save_journal();
	// Writes nothing where nothing changed.
	Checked<> save_identity();
	// Leaves only the files that the journal has in the folder of patches.
	Checked<> remove_other_patches();
	// The machine is attached to no hub any more. Trust and journal stay.
	Checked<> forget_identity();

	Places places;
	std::optional<Identity> identity;
	Journal journal;

private:
	AgentState(Places the_places, UniqueFd lock, tuf::DurableFolder folder)
	    : places(std::move(the_places)), lock_(std::move(lock)), folder_(std::move(folder))
	{
	}

	UniqueFd lock_;
	tuf::DurableFolder folder_;
	std::optional<Identity> stored_identity_;
};

}
