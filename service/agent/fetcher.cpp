// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetcher.hpp"
#include "../protocol/repository_news.hpp"
#include "fetcher_user.hpp"
#include "packets.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace klp::agent {

using nlohmann::json;
using tuf::FaultKind;
using tuf::HttpAnswer;
using tuf::HttpRequest;
using tuf::refuse;

namespace {

// More than HttpTransport's own limit of a transfer: the process is to say what was slow.
constexpr std::chrono::seconds longest_answer{660};
constexpr int first_fd = 3; // of the socket in the process; the next is the spool's

Checked<> make_spool(const std::string &path, const FetcherUser &user)
{
	if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
		return refuse(FaultKind::local, "cannot make '%s': %s", path.c_str(),
			      strerror(errno));
	if (lchown(path.c_str(), user.uid, user.gid) != 0)
		return refuse(FaultKind::local, "cannot give '%s' to user %u: %s", path.c_str(),
			      user.uid, strerror(errno));
	return {};
}

// Between fork() and exec(): only calls that a signal handler may make.
[[noreturn]] void become_fetcher(int socket, int spool)
{
	char name[] = "klpd", option[] = "--fetch";
	char *arguments[] = {name, option, nullptr}, *environment[] = {nullptr};
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, nullptr);
	int high_socket = fcntl(socket, F_DUPFD, 10), high_spool = fcntl(spool, F_DUPFD, 10);
	bool is_ready = high_socket >= 0 && high_spool >= 0 && dup2(high_socket, first_fd) >= 0 &&
			dup2(high_spool, first_fd + 1) >= 0 &&
			close_range(first_fd + 2, ~0u, 0) == 0;
	if (is_ready)
		execve("/proc/self/exe", arguments, environment);
	_exit(127);
}

// The kinds that a transfer has. Any other is root's own conclusion, from what it verified.
FaultKind transfer_fault(const std::string &word)
{
	for (FaultKind kind : {FaultKind::slow, FaultKind::endless, FaultKind::local})
		if (word == word_of(kind))
			return kind;
	return FaultKind::unreachable;
}

// An answer of a process that may say anything.
Checked<HttpAnswer> read_answer(const std::string &packet)
{
	json document = TRY(tuf::read_json("fetcher", packet));
	tuf::Fields fields = TRY(tuf::Fields::of("fetcher", document));
	if (fields.has("fault")) {
		std::string word = TRY(fields.text("fault"));
		std::string message = TRY(fields.text("message"));
		return refuse(transfer_fault(word), "%s", message.c_str());
	}
	int64_t status = TRY(protocol::number(fields, "status", 100, 999));
	int64_t retry_after = TRY(protocol::number(fields, "retry_after", 0, 1'000'000'000));
	return HttpAnswer{static_cast<long>(status), "", retry_after};
}

}

Checked<Fetcher> Fetcher::start(const std::string &spool, const tuf::HttpTransport::Way &way,
				int interrupt_fd)
{
	FetcherUser user = fetcher_user();
	TRY(make_spool(spool, user));
	tuf::FolderTransport folder = TRY(tuf::FolderTransport::open(spool));
	UniqueFd spool_fd(::open(spool.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
	int pair[2];
	if (!spool_fd || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return refuse(FaultKind::local, "cannot start the fetcher: %s", strerror(errno));
	UniqueFd mine(pair[0]), its(pair[1]);
	pid_t process = fork();
	if (process < 0)
		return refuse(FaultKind::local, "cannot start the fetcher: %s", strerror(errno));
	if (process == 0)
		become_fetcher(its.get(), spool_fd.get());
	Fetcher fetcher(process, std::move(mine), std::move(folder), interrupt_fd);
	json first = {
		{"ca", way.ca}, {"pin", way.pin}, {"proxy", way.proxy}, {"no_proxy", way.no_proxy}};
	TRY(send_packet(fetcher.socket_.get(), first.dump()));
	return fetcher;
}

Fetcher::Fetcher(Fetcher &&other) noexcept
    : process_(std::exchange(other.process_, -1)),
      socket_(std::move(other.socket_)),
      spool_(std::move(other.spool_)),
      interrupt_fd_(other.interrupt_fd_)
{
}

// SIGKILL: it may hang in a transfer, and has nothing to keep.
Fetcher::~Fetcher()
{
	if (process_ <= 0)
		return;
	kill(process_, SIGKILL);
	while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR)
		;
}

Checked<> Fetcher::wait_for_answer(const std::string &url)
{
	pollfd fds[] = {{socket_.get(), POLLIN, 0}, {interrupt_fd_, POLLIN, 0}};
	auto end = std::chrono::steady_clock::now() + longest_answer;
	for (;;) {
		auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
			end - std::chrono::steady_clock::now());
		int ready = poll(fds, 2, static_cast<int>(std::max<int64_t>(left.count(), 0)));
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0)
			return refuse(FaultKind::slow, "%s: no answer after %lld s", url.c_str(),
				      static_cast<long long>(longest_answer.count()));
		if (ready < 0 || fds[1].revents)
			return refuse(FaultKind::local, "%s: interrupted", url.c_str());
		return {};
	}
}

Checked<HttpAnswer> Fetcher::ask(const HttpRequest &request)
{
	json document = {{"url", request.url}, {"limit", request.limit}};
	document["bearer"] = request.bearer;
	if (request.document)
		document["document"] = *request.document;
	TRY(send_packet(socket_.get(), document.dump()));
	TRY(wait_for_answer(request.url));
	std::string packet = TRY(receive_packet(socket_.get()));
	HttpAnswer answer = TRY(read_answer(packet));
	if (answer.status / 100 == 2)
		answer.body =
			TRY(spool_.fetch(std::string("folder:") + answer_name, request.limit));
	else if (request.document) // a Problem, which is for a person
		answer.body = TRY(spool_.fetch(std::string("folder:") + answer_name,
					       protocol::largest_document));
	return answer;
}

Checked<std::string> FetcherTransport::fetch(const std::string &url, size_t limit)
{
	HttpAnswer answer = TRY(fetcher_->ask({url, limit}));
	return tuf::body_of(url, std::move(answer));
}

}
