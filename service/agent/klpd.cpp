// SPDX-License-Identifier: LGPL-2.1-or-later
// The daemon sleeps until one of three things: its next round is due, a verb changed the agent's
// files, or a signal ends it. Between these it does not wake.
#include "klpd.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "attaching.hpp"
#include "round.hpp"
#include "schedule.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>

namespace klp::agent {

using tuf::FaultKind;

namespace {

constexpr const char *token_file = "/etc/klp/token";
constexpr int64_t longest_sleep = 8 * 24 * 3600; // seconds; above it the clock was wrong

std::unexpected<tuf::Fault> failed(const char *what)
{
	return tuf::refuse(FaultKind::local, "cannot %s: %s", what, strerror(errno));
}

class Klpd {
public:
	static Checked<Klpd> start(const Places &places);
	Checked<> run();

private:
	Klpd(Places places, UniqueFd signals, UniqueFd changes, UniqueFd timer)
	    : places_(std::move(places)),
	      signals_(std::move(signals)),
	      changes_(std::move(changes)),
	      timer_(std::move(timer))
	{
	}
	Checked<> attach_by_file();
	void try_token();
	Checked<std::optional<int64_t>> due();
	Checked<> make_round(bool asks_the_hub);
	Checked<> arm();
	Checked<bool> sleep();
	void drain_changes();
	Checked<> end();

	Places places_;
	UniqueFd signals_, changes_, timer_;
	int64_t token_failures_ = 0;
};

Checked<Klpd> Klpd::start(const Places &places)
{
	TRY(AgentState::open(places)); // makes the folder, and refuses files that are damaged
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0)
		return failed("block signals");
	UniqueFd signals(signalfd(-1, &set, SFD_CLOEXEC));
	UniqueFd changes(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
	UniqueFd timer(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
	if (!signals || !changes || !timer)
		return failed("wait for events");
	if (inotify_add_watch(changes.get(), places.state.c_str(), IN_MOVED_TO | IN_DELETE) < 0)
		return failed("watch the agent's folder");
	return Klpd(places, std::move(signals), std::move(changes), std::move(timer));
}

// A token that an image or an installer left for the first boot.
Checked<> Klpd::attach_by_file()
{
	std::string token = TRY(read_line(token_file));
	AgentState state = TRY(AgentState::open(places_));
	TRY(attach(&state, token, signals_.get()));
	if (unlink(token_file) != 0)
		return failed("remove /etc/klp/token");
	return {};
}

// The hub may not be there yet: the file stays until it served.
void Klpd::try_token()
{
	if (!exists(token_file))
		return;
	Checked<> attached = attach_by_file();
	token_failures_ = attached ? 0 : token_failures_ + 1;
	if (!attached)
		say(stderr, "<3>%s: %s\n", token_file, attached.error().message.c_str());
}

Checked<> Klpd::make_round(bool asks_the_hub)
{
	AgentState state = TRY(AgentState::open(places_));
	if (!state.identity || !state.identity->attached)
		return {};
	Round round = TRY(Round::begin(&state, signals_.get()));
	TRY(round.run({.asks_the_hub = asks_the_hub}));
	if (!round.problem().empty())
		say(stderr, "<4>%s\n", round.problem().c_str());
	const Said &said = state.journal.said;
	say(stderr, "<6>%s: %s\n", words_of(said.verdict), said.reason.c_str());
	return {};
}

// The end of a probation is a round, too.
Checked<std::optional<int64_t>> Klpd::due()
{
	AgentState state = TRY(AgentState::open(places_));
	const int64_t now = time(nullptr);
	if (exists(token_file))
		return now + seconds_to_next_round({{}, 3600, token_failures_, 0, UINT32_MAX / 2});
	if (!state.identity || !state.identity->attached)
		return std::nullopt;
	int64_t due = state.journal.next_round;
	Settings settings = TRY(Settings::read(places_.settings));
	const Attempt *attempt = state.journal.on_probation();
	if (attempt)
		due = std::min(due, attempt->time + settings.probation);
	return due - now > longest_sleep ? now : due;
}

Checked<> Klpd::arm()
{
	std::optional<int64_t> due = TRY(this->due());
	itimerspec when = {};
	if (due) {
		when.it_value.tv_sec = std::max<int64_t>(*due - time(nullptr), 0);
		when.it_value.tv_nsec = 1; // 0 would disarm it
	}
	if (timerfd_settime(timer_.get(), 0, &when, nullptr) != 0)
		return failed("set a timer");
	return {};
}

// Events of what this process itself wrote, too.
void Klpd::drain_changes()
{
	char events[4096];
	while (read(changes_.get(), events, sizeof(events)) > 0)
		;
}

// True: a round is due. False: a signal ends the daemon.
Checked<bool> Klpd::sleep()
{
	for (;;) {
		drain_changes();
		TRY(arm());
		pollfd fds[] = {{signals_.get(), POLLIN, 0},
				{changes_.get(), POLLIN, 0},
				{timer_.get(), POLLIN, 0}};
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return failed("wait for events");
		if (fds[0].revents)
			return false;
		if (fds[2].revents)
			return true;
	}
}

// A clean end is no crash: a probation that it ends begins anew. The attempt of another kernel
// stays as its own end left it.
Checked<> Klpd::end()
{
	AgentState state = TRY(AgentState::open(places_));
	Attempt *attempt = state.journal.on_probation();
	if (attempt)
		attempt->step = Step::verified;
	return state.save_journal();
}

// First without the network: what is committed is applied at boot, then klpd is ready.
Checked<> Klpd::run()
{
	TRY(make_round(false));
	sd_notify(0, "READY=1");
	try_token();
	for (;;) {
		bool is_due = TRY(sleep());
		if (!is_due)
			break;
		try_token();
		TRY(make_round(true));
	}
	sd_notify(0, "STOPPING=1");
	return end();
}

}

int run_klpd(const Places &places)
{
	Checked<Klpd> klpd = Klpd::start(places);
	Checked<> done;
	if (klpd)
		done = klpd->run();
	else
		done = std::unexpected(klpd.error());
	if (done)
		return exit_done;
	say(stderr, "<3>klpd: %s\n", done.error().message.c_str());
	return exit_failed;
}

}
