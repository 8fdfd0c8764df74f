// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent_state.hpp"
#include "applying.hpp"
#include "fetcher.hpp"
#include "public_status.hpp"
#include "repository.hpp"
#include "this_machine.hpp"

namespace klp::agent {

// One look at all: what is active here, what is published, what follows from it, done, said and
// reported. klpd makes one at each check-in, and the verbs make one after what they changed.
class Round {
public:
	struct Wish {
		bool asks_the_hub = true; // false: the journal and the kernel alone
		bool may_apply = false; // the owner asks for it now, whatever agent.conf says
	};

	// interrupt_fd, or -1, ends it early when it becomes readable.
	static Checked<Round> begin(AgentState *state, int interrupt_fd);

	Checked<> run(const Wish &wish);

	const ThisMachine &machine() const { return machine_; }
	const Settings &settings() const { return settings_; }
	// Why the hub, or its repository, was asked in vain; "" where it was not.
	const std::string &problem() const { return problem_; }
	protocol::MachineFacts facts() const;
	// The version of the agent's that tasks run.
	const std::optional<ActivePatch> &active() const { return active_; }
	// Goes on with what an earlier round began: a load, a probation.
	Checked<> settle();
	// Disables it, and forgets that it is applied at boot.
	Checked<> remove_active();
	Fetcher *fetcher() { return fetcher_ ? &*fetcher_ : nullptr; }
	Checked<> start_fetcher();

private:
	Round(AgentState *state, Kernel kernel, Settings settings, ThisMachine machine,
	      int interrupt_fd)
	    : state_(state),
	      kernel_(std::move(kernel)),
	      settings_(std::move(settings)),
	      machine_(std::move(machine)),
	      interrupt_fd_(interrupt_fd)
	{
	}
	Checked<> start();
	Checked<> look_at_active();
	bool is_on_probation() const;
	bool may_apply_at_all() const;
	Checked<> settle_transition();
	Checked<> settle_attempt();
	Checked<> commit_attempt();
	Checked<> apply_at_boot();
	Checked<bool> forget_issued();
	Checked<> refresh_repository();
	Checked<> ask_repository(const Wish &wish);
	Decision judge(const Documents &documents, const Wish &wish) const;
	void say(const Decision &decision, const Documents &documents);
	Checked<> act_on(const Documents &documents, const Wish &wish);
	Checked<> apply_offer(const protocol::Offer &offer);
	Checked<> apply_stored(const StoredPatch &patch, bool was_committed);
	Checked<> take_step(Step step, const std::string &reason = "");
	Checked<> end_attempt(Step step, const std::string &reason);
	Checked<> end_application(const Applied &applied, bool was_committed);
	void report(int64_t version, Step step, const std::string &reason);
	void note_fault(const tuf::Fault &fault);
	void say_without_documents();
	void check_in();
	Checked<> finish();
	MachineState machine_state(const Wish &wish) const;
	std::string tier() const;
	std::vector<std::string> own_modules() const;

	AgentState *state_;
	Kernel kernel_;
	Settings settings_;
	ThisMachine machine_;
	int interrupt_fd_;
	int64_t now_ = 0;
	KernelRecord *record_ = nullptr; // in the journal; null without a build id
	std::optional<ActivePatch> active_;
	std::optional<Fetcher> fetcher_;
	std::unique_ptr<Repository> repository_;
	bool has_said_ = false; // by documents of this round
	int64_t retry_after_ = 0;
	std::string problem_;
};

// The clock, but not before the newest trusted time, nor before klp was written: a clock that was
// lost does not bring expired metadata back.
int64_t trusted_now(int64_t clock, const News &news);

}
