// SPDX-License-Identifier: LGPL-2.1-or-later
#include "round.hpp"
#include "../../libklp/file.hpp"
#include "../../libklp/module/digest.hpp"
#include "hub.hpp"
#include "schedule.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <klp/klp.h>
#include <klp/verification.hpp>
#include <sys/random.h>

namespace klp::agent {

using protocol::Offer;
using tuf::FaultKind;

namespace {

constexpr int64_t written = 1'793'491'200; // 2026-11-01: no clock of today is before it
constexpr int64_t one_day = 24 * 3600; // seconds

uint32_t random_number()
{
	uint32_t number = 0;
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return UINT32_MAX / 2; // no jitter
	return number;
}

std::string why_without_news(const News &news)
{
	if (news.state == "current")
		return "the hub is asked next";
	if (news.state == "local") // of this machine
		return news.message;
	bool is_away = news.state == "unreachable" || news.state == "slow";
	return is_away ? "the hub is " + news.state : "refused (" + news.state + ")";
}

}

int64_t trusted_now(int64_t clock, const News &news)
{
	return std::max({clock, written, news.issued});
}

Checked<Round> Round::begin(AgentState *state, int interrupt_fd)
{
	Settings settings = TRY(Settings::read(state->places.settings));
	Kernel kernel = TRY(Kernel::running());
	ThisMachine machine = TRY(ThisMachine::look(&kernel));
	std::optional<Mode> mode = TRY(mode_of_command_line(machine.command_line));
	if (mode)
		settings.mode = *mode;
	Round round(state, std::move(kernel), std::move(settings), std::move(machine),
		    interrupt_fd);
	TRY(round.start());
	return round;
}

Checked<> Round::start()
{
	Journal &journal = state_->journal;
	now_ = trusted_now(time(nullptr), journal.news);
	if (machine_.kernel.build_id)
		record_ = journal.of_kernel({machine_.kernel.release, *machine_.kernel.build_id});
	if (record_ && journal.boot_id != machine_.boot_id) {
		std::optional<Attempt> attempt = record_->attempt;
		if (note_new_boot(record_, machine_.boot_id))
			report(attempt->patch.version, Step::held, record_->held.back().reason);
	}
	if (journal.boot_id != machine_.boot_id)
		journal.next_round = 0; // the hub learns of each boot
	journal.boot_id = machine_.boot_id;
	return look_at_active();
}

Checked<> Round::look_at_active()
{
	active_.reset();
	if (!record_)
		return {};
	std::vector<std::string> modules = TRY(active_modules(&kernel_));
	auto runs = [&](const StoredPatch &patch) {
		return std::ranges::find(modules, patch.module) != modules.end();
	};
	const std::optional<Attempt> &attempt = record_->attempt;
	bool was_inserted =
		attempt && (attempt->step == Step::applying || attempt->step == Step::probation);
	if (was_inserted && runs(attempt->patch))
		active_ = {attempt->patch, attempt->time, record_->is_committed(attempt->patch)};
	else if (record_->uncommitted && runs(record_->uncommitted->patch))
		active_ = {record_->uncommitted->patch, record_->uncommitted->since, false};
	else if (record_->committed && runs(record_->committed->patch))
		active_ = {record_->committed->patch, record_->committed->since, true};
	return {};
}

// A committed version, which is on probation in each boot, has nothing to wait for.
bool Round::is_on_probation() const
{
	return active_ && !active_->is_committed && record_->attempt &&
	       record_->attempt->patch == active_->patch;
}

std::string Round::tier() const
{
	return settings_.tier.value_or(state_->identity->attached->tier);
}

std::vector<std::string> Round::own_modules() const
{
	std::vector<std::string> modules;
	if (record_->committed)
		modules.push_back(record_->committed->patch.module);
	if (record_->attempt)
		modules.push_back(record_->attempt->patch.module);
	if (record_->uncommitted)
		modules.push_back(record_->uncommitted->patch.module);
	if (active_)
		modules.push_back(active_->patch.module);
	return modules;
}

protocol::MachineFacts Round::facts() const
{
	protocol::MachineFacts facts = {machine_.kernel, std::nullopt, settings_.tags};
	if (settings_.tells_host_name)
		facts.host = machine_.host;
	return facts;
}

void Round::report(int64_t version, Step step, const std::string &reason)
{
	Journal &journal = state_->journal;
	protocol::Report report = {++journal.reports_made,
				   record_->kernel,
				   machine_.boot_id,
				   version,
				   step,
				   now_,
				   0,
				   std::nullopt};
	if (!reason.empty())
		report.reason = line_of(reason);
	if (journal.reports.size() == Journal::most_reports)
		journal.reports.erase(journal.reports.begin());
	journal.reports.push_back(std::move(report));
}

// Stored and synced before the step is done.
Checked<> Round::take_step(Step step, const std::string &reason)
{
	Attempt &attempt = *record_->attempt;
	attempt.step = step;
	attempt.boot_id = machine_.boot_id;
	attempt.time = now_;
	report(attempt.patch.version, step, reason);
	return state_->save_journal();
}

Checked<> Round::end_attempt(Step step, const std::string &reason)
{
	int64_t version = record_->attempt->patch.version;
	std::erase_if(record_->failed,
		      [&](const auto &failed) { return failed.version == version; });
	record_->failed.push_back({version, line_of(reason)});
	record_->attempt.reset();
	report(version, step, reason);
	return state_->save_journal();
}

// A death during the load leaves a transition that goes on: libklp recognises the bytes, and
// follows it to its end.
Checked<> Round::settle_transition()
{
	const StoredPatch patch = record_->attempt->patch;
	if (may_apply_at_all())
		return apply_stored(patch, record_->is_committed(patch));
	TRY(remove_patch(patch.module, &kernel_, interrupt_fd_));
	return end_attempt(Step::failed, "klpd was switched off during its load");
}

// A death between the insertion and its step leaves a patch that is active: its probation begins.
Checked<> Round::settle_attempt()
{
	const Attempt &attempt = *record_->attempt;
	bool is_active = active_ && active_->patch == attempt.patch;
	bool is_in_transition = attempt.step == Step::applying && !is_active;
	if (is_in_transition)
		is_in_transition = TRY(is_in_kernel(&kernel_, attempt.patch.module));
	if (is_in_transition)
		return settle_transition();
	if (is_active && attempt.step != Step::probation)
		TRY(take_step(Step::probation));
	if (attempt.step != Step::probation)
		return {};
	if (!is_active && record_->is_committed(attempt.patch)) {
		record_->attempt.reset(); // it is applied again
		return state_->save_journal();
	}
	if (!is_active)
		return end_attempt(Step::failed, "the patch was active and is no more");
	if (now_ - attempt.time < settings_.probation)
		return {};
	Verification verification = TRY(verify(kernel_, attempt.patch.module));
	if (verification.verdict() == Verification::Verdict::not_active) {
		record_->uncommitted = {attempt.patch, attempt.time};
		return end_attempt(Step::failed, "not all of the patch is active");
	}
	return commit_attempt();
}

// Files of versions that are over go once the commit is stored.
Checked<> Round::commit_attempt()
{
	report(record_->attempt->patch.version, Step::committed, "");
	commit(record_, now_);
	TRY(state_->save_journal());
	return state_->remove_other_patches();
}

Checked<> Round::settle()
{
	if (!record_ || !record_->attempt)
		return {};
	TRY(settle_attempt());
	return look_at_active();
}

bool Round::may_apply_at_all() const
{
	bool may = settings_.mode == Mode::normal || settings_.mode == Mode::no_refresh;
	return may && !state_->journal.off_since;
}

// Before the network: from the agent's own copy, by what was last known. It is on probation once
// more in each boot, so that boots that it ends are counted.
Checked<> Round::apply_at_boot()
{
	if (!record_ || !record_->committed || active_ || !may_apply_at_all())
		return {};
	StoredPatch patch = record_->committed->patch;
	auto has = [&](const auto &list) {
		return std::ranges::any_of(
			list, [&](const auto &item) { return item.version == patch.version; });
	};
	auto removes = [&](const protocol::Recall &recall) {
		return recall.version == patch.version &&
		       recall.action == protocol::RecallAction::remove;
	};
	if (has(record_->held) || has(record_->failed) ||
	    std::ranges::any_of(record_->recalls, removes))
		return {};
	return apply_stored(patch, true);
}

Checked<> Round::apply_stored(const StoredPatch &patch, bool was_committed)
{
	record_->attempt = {patch, Step::checked, machine_.boot_id, now_};
	TRY(take_step(Step::checked));
	Applying applying;
	applying.patch = patch;
	applying.own = own_modules();
	applying.interrupt_fd = interrupt_fd_;
	Result<std::vector<std::byte>> bytes =
		read_bytes(state_->places.patches() + "/" + patch.file, 64 << 20);
	if (!bytes || sha256(*bytes) != patch.sha256) {
		// The next offer brings the file again; the minimum stays.
		report(patch.version, Step::refused, "its stored file is gone, or was changed");
		record_->attempt.reset();
		if (was_committed)
			record_->committed.reset();
		return state_->save_journal();
	}
	applying.bytes = std::move(*bytes);
	applying.before_insertion = [this]() -> Checked<> {
		TRY(take_step(Step::applying));
		if (fetcher_)
			send_reports(&*fetcher_, *state_->identity, &state_->journal);
		return {};
	};
	Applied applied = apply(applying, &kernel_);
	if (applied.step == Step::fetched) {
		TRY(take_step(Step::fetched, applied.reason));
		return tuf::refuse(FaultKind::local, "patch %lld: %s",
				   static_cast<long long>(patch.version), applied.reason.c_str());
	}
	if (applied.step != Step::probation)
		return end_application(applied, was_committed);
	TRY(take_step(Step::probation));
	TRY(look_at_active());
	return settle();
}

// A load that failed may leave its patch active, or nothing: the first is taken out, and then the
// committed version is applied again. That one's own failure ends here.
Checked<> Round::end_application(const Applied &applied, bool was_committed)
{
	StoredPatch patch = record_->attempt->patch;
	std::string reason = applied.reason;
	if (applied.is_left) {
		Checked<> removed = remove_patch(patch.module, &kernel_, interrupt_fd_);
		if (!removed) {
			reason = "it stays: " + removed.error().message + "; " + reason;
			record_->uncommitted = {patch, now_};
		}
	}
	TRY(end_attempt(applied.step, reason));
	TRY(look_at_active());
	return was_committed ? Checked<>() : apply_at_boot();
}

Checked<> Round::apply_offer(const Offer &offer)
{
	std::string module = std::filesystem::path(offer.path).stem();
	if (active_ && !active_->is_committed) // it stays active until this offer is
		record_->uncommitted = {active_->patch, active_->since};
	record_->attempt = {{offer.version, module, module + ".ko", offer.sha256},
			    Step::fetched,
			    machine_.boot_id,
			    now_};
	TRY(take_step(Step::fetched));
	StoredPatch patch = TRY(repository_->store(offer));
	record_->attempt->patch = patch;
	TRY(take_step(Step::verified));
	return apply_stored(patch, false);
}

Checked<> Round::remove_active()
{
	TRY(remove_patch(active_->patch.module, &kernel_, interrupt_fd_));
	report(active_->patch.version, Step::reverted, "");
	if (active_->is_committed)
		record_->committed.reset();
	record_->attempt.reset();
	record_->uncommitted.reset();
	TRY(state_->save_journal());
	return look_at_active();
}

MachineState Round::machine_state(const Wish &wish) const
{
	MachineState machine = {};
	machine.id = state_->identity->machine;
	machine.kernel = machine_.kernel;
	machine.tier = tier();
	machine.off_since = state_->journal.off_since;
	machine.now = now_;
	machine.may_apply =
		settings_.mode == Mode::normal && (wish.may_apply || !settings_.asks_first);
	if (settings_.mode != Mode::normal) // no-apply: the other modes ask no hub
		machine.waits_for = "the mode is no-apply, in which nothing is applied";
	if (active_)
		machine.active = active_->patch.version;
	if (record_) {
		machine.minimum = record_->minimum;
		if (record_->committed)
			machine.committed = record_->committed->patch.version;
		machine.held = record_->held;
		machine.failed = record_->failed;
	}
	return machine;
}

// A version on probation is followed by the next once it is committed, unless it is at risk. One
// that failed and could not be taken out is no version that fits.
Decision Round::judge(const Documents &documents, const Wish &wish) const
{
	Decision decision = decide(documents, machine_state(wish));
	if (is_on_probation() && decision.verdict != Verdict::at_risk &&
	    decision.action == Action::apply) {
		decision.action = Action::none;
		decision.reason += "; patch " + std::to_string(decision.offer.version) +
				   " comes after the probation of the active one";
	}
	if (settings_.mode != Mode::normal)
		decision.action = Action::none;
	if (!active_ || active_->is_committed || decision.verdict != Verdict::ok)
		return decision;
	for (const protocol::Withheld &failed : record_->failed)
		if (failed.version == active_->patch.version) {
			decision.verdict = Verdict::at_risk;
			decision.reason = "patch " + std::to_string(failed.version) +
					  " is active, and failed: " + failed.reason;
		}
	return decision;
}

void Round::say(const Decision &decision, const Documents &documents)
{
	has_said_ = true;
	Said &said = state_->journal.said;
	said = {decision.verdict,
		line_of(decision.reason),
		active_ ? active_->patch.version : 0,
		decision.refused,
		{}};
	if (documents.support)
		said.notices = documents.support->notices;
	for (Refused &refused : said.refused)
		refused.reason = line_of(refused.reason);
}

// The verdict, and the recalls that it comes from, are stored before an action that may fail or be
// cut off. The verdict after it is on what the machine then is.
Checked<> Round::act_on(const Documents &documents, const Wish &wish)
{
	Decision decision = judge(documents, wish);
	say(decision, documents);
	if (decision.action == Action::none)
		return {};
	TRY(state_->save_journal());
	Checked<> done =
		decision.action == Action::apply ? apply_offer(decision.offer) : remove_active();
	say(judge(documents, wish), documents);
	return done;
}

void Round::note_fault(const tuf::Fault &fault)
{
	News &news = state_->journal.news;
	news.state = word_of(fault.kind);
	news.message = line_of(fault.message);
	bool is_away = fault.kind == FaultKind::unreachable || fault.kind == FaultKind::slow ||
		       fault.kind == FaultKind::local;
	if (!is_away && repository_ && !has_said_) // metadata is current, and documents are not
		news.until = std::min(news.until, now_);
}

// The time that keys of a former root signed counts no more, as their versions do not. A refresh
// stores each new root before it finds that one has expired.
Checked<bool> Round::forget_issued()
{
	News &news = state_->journal.news;
	int64_t root = TRY(Repository::root_of(state_->places));
	if (news.issued == 0 || root <= news.root)
		return false;
	news.issued = 0;
	now_ = trusted_now(time(nullptr), news);
	return true;
}

Checked<> Round::refresh_repository()
{
	auto refresh = [this] {
		return Repository::refresh(state_->places, state_->identity->hub, &*fetcher_, now_);
	};
	auto repository = refresh();
	if (!repository && repository.error().kind == FaultKind::expired) {
		bool is_other_time = TRY(forget_issued());
		if (is_other_time)
			repository = refresh();
	}
	if (!repository)
		return std::unexpected(repository.error());
	repository_ = std::move(*repository);
	return {};
}

Checked<> Round::ask_repository(const Wish &wish)
{
	News &news = state_->journal.news;
	TRY(refresh_repository());
	news.root = repository_->root();
	news.issued = std::max(news.issued, repository_->issued());
	now_ = trusted_now(now_, news);
	if (!record_)
		return act_on({}, wish);
	Documents documents = TRY(repository_->documents(record_->kernel, tier()));
	news = {news.issued, news.root, now_, repository_->until(), "current", ""};
	if (documents.recalls)
		record_->recalls = *documents.recalls;
	return act_on(documents, wish);
}

// The last verdict stays while the metadata that it came from has not expired.
void Round::say_without_documents()
{
	Journal &journal = state_->journal;
	int64_t active = active_ ? active_->patch.version : 0;
	if (journal.off_since || !record_) {
		Decision decision = decide({}, machine_state({}));
		journal.said = {decision.verdict, decision.reason, active, {}};
		return;
	}
	std::string why = why_without_news(journal.news);
	if (now_ >= journal.news.until) {
		std::string since = journal.news.refreshed > 0
					    ? "since " + tuf::time_text(journal.news.refreshed)
					    : "yet";
		journal.said = {Verdict::unknown,
				line_of("no trusted news " + since + ": " + why),
				active,
				{}};
	} else if (journal.said.active != active) {
		journal.said = {Verdict::at_risk,
				line_of("patch " + std::to_string(journal.said.active) +
					" was active, and is not; " + why),
				active,
				{}};
	}
}

void Round::check_in()
{
	Journal &journal = state_->journal;
	protocol::CheckIn document = {};
	document.counter = journal.counter;
	document.boot_id = machine_.boot_id;
	document.agent = LIBKLP_VERSION;
	document.verdict = journal.said.verdict;
	document.reason = journal.said.reason;
	if (active_)
		document.applied.push_back({active_->patch.version, active_->since});
	auto last = [](const std::vector<protocol::Withheld> &list) {
		size_t count = std::min<size_t>(list.size(), 16);
		return std::vector(list.end() - count, list.end());
	};
	if (record_) {
		document.held = last(record_->held);
		document.failed = last(record_->failed);
	}
	document.refused = journal.said.refused;
	document.refused.resize(std::min(document.refused.size(), protocol::most_refused));
	document.repository = journal.news.state;
	document.facts = facts();
	HubAnswer answer = agent::check_in(&*fetcher_, *state_->identity, document);
	retry_after_ = answer.retry_after;
	problem_ = answer.problem;
	journal.failures = answer.checked_in ? 0 : journal.failures + 1;
	if (!answer.checked_in)
		return;
	journal.is_clone = answer.checked_in->reattach;
	if (journal.is_clone)
		problem_ =
			"another machine has this one's identity; 'klp attach TOKEN' gives this one "
			"its own";
	state_->identity->attached->interval = answer.checked_in->interval;
	state_->identity->attached->tier = answer.checked_in->tier;
	int64_t clock = time(nullptr), hub = answer.checked_in->time;
	if (journal.news.state == "expired" && std::abs(clock - hub) > one_day) {
		journal.news.state = "clock-wrong";
		journal.news.message = "this machine's clock says " + tuf::time_text(clock) +
				       ", the hub's " + tuf::time_text(hub);
	}
}

Checked<> Round::start_fetcher()
{
	tuf::HttpTransport::Way way = {settings_.ca, state_->identity->pin.value_or(""),
				       settings_.proxy, settings_.no_proxy};
	Fetcher fetcher = TRY(Fetcher::start(state_->places.spool(), way, interrupt_fd_));
	fetcher_.emplace(std::move(fetcher));
	return {};
}

Checked<> Round::finish()
{
	Journal &journal = state_->journal;
	RoundEnd end = {settings_.interval, state_->identity->attached->interval, journal.failures,
			retry_after_, random_number()};
	if (fetcher_)
		journal.next_round = time(nullptr) + seconds_to_next_round(end);
	TRY(state_->save_journal());
	TRY(state_->save_identity());
	return write_status(state_->places, {&machine_, &journal, record_, &*state_->identity,
					     tier(), active_, now_});
}

Checked<> Round::run(const Wish &wish)
{
	TRY(settle());
	TRY(apply_at_boot());
	bool asks = wish.asks_the_hub && settings_.mode != Mode::no_refresh &&
		    settings_.mode != Mode::off;
	Checked<> asked;
	if (asks) {
		TRY(start_fetcher());
		asked = ask_repository(wish);
		if (!asked)
			note_fault(asked.error());
	}
	if (!has_said_)
		say_without_documents();
	if (asks) {
		// The number is used up, whatever becomes of the request: once more it would be a
		// clone's.
		state_->journal.counter++;
		TRY(state_->save_journal());
		check_in();
		send_reports(&*fetcher_, *state_->identity, &state_->journal);
	}
	const News &news = state_->journal.news;
	if (!asked && (problem_.empty() || news.state == "local"))
		problem_ =
			why_without_news(news) + (news.state == "local" ? "" : ": " + news.message);
	if (wish.asks_the_hub && !asks) // the mode forbids it: look again later
		state_->journal.next_round =
			time(nullptr) +
			settings_.interval.value_or(state_->identity->attached->interval);
	return finish();
}

}
