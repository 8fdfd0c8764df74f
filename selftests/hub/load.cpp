// SPDX-License-Identifier: LGPL-2.1-or-later
// klp-hub-load: asks a server on the loopback over TLS, with a number of connections at once, and
// prints one line of figures, tab-separated:
//
//	answers a second, median and 99th percentile of the times in ms, CPU time of the server
//	per answer in µs, bytes sent and received per answer, packets of both directions per answer
//
// A time begins with connect(), or with the request where the connection stays. The bytes are those
// of TCP's payload, the handshake of TLS included. The tools of Debian that load a server resume no
// session (wrk, h2load), or send no document (openssl s_time).
#include "../../cli/command_line.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/guarded.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "../../libklp/try.hpp"
#include "../../libklp/unique_fd.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>
#include <linux/tcp.h>
#include <memory>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <optional>
#include <random>
#include <sstream>
#include <sys/socket.h>
#include <thread>

using namespace klp;

namespace {

using Clock = std::chrono::steady_clock;

struct Words {
	uint16_t port = 0;
	std::string ca, way = "new", state = "same", get, document, secrets;
	size_t requests = 1000, connections = 8;
	std::vector<pid_t> processes;
};

// The request of all threads.
struct Task {
	Words words;
	nlohmann::json document;
	std::vector<std::string> secrets;
	std::shared_ptr<SSL_CTX> tls;
	std::atomic<int64_t> left;
	// Above that of each earlier run, since microseconds pass faster than requests.
	std::atomic<int64_t> counter;
};

struct Figures {
	std::vector<double> times; // ms
	uint64_t sent = 0, received = 0, packets = 0;
};

struct EndSsl {
	void operator()(SSL *ssl) const { SSL_free(ssl); }
	void operator()(SSL_SESSION *session) const { SSL_SESSION_free(session); }
};
using Session = std::unique_ptr<SSL_SESSION, EndSsl>;

std::unexpected<Error> failed(const char *what)
{
	unsigned long code = ERR_get_error();
	return fail(EIO, "cannot %s: %s", what,
		    code ? ERR_reason_error_string(code) : strerror(errno));
}

// One connection after its handshake.
class Connection {
public:
	static Result<Connection> open(const Task &task, SSL_SESSION *session);
	// The answer's body.
	Result<std::string> ask(const std::string &request);
	// The last session that the server gave; it may resume one connection.
	Session session() { return Session(SSL_get1_session(ssl_.get())); }
	bool is_resumed() const { return SSL_session_reused(ssl_.get()); }
	void end(Figures *figures);

private:
	Connection(UniqueFd fd, SSL *ssl) : fd_(std::move(fd)), ssl_(ssl) {}

	UniqueFd fd_;
	std::unique_ptr<SSL, EndSsl> ssl_;
};

Result<Connection> Connection::open(const Task &task, SSL_SESSION *session)
{
	UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	sockaddr_in address = {};
	address.sin_family = AF_INET;
	address.sin_port = htons(task.words.port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!fd || connect(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0)
		return failed("connect");
	int on = 1;
	setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	Connection connection(std::move(fd), SSL_new(task.tls.get()));
	SSL *ssl = connection.ssl_.get();
	if (!ssl || SSL_set_fd(ssl, connection.fd_.get()) != 1 ||
	    (session && SSL_set_session(ssl, session) != 1) || SSL_connect(ssl) != 1)
		return failed("shake hands");
	return connection;
}

Result<size_t> length_of(std::string_view header)
{
	constexpr std::string_view name = "\r\nContent-Length: ";
	size_t length = 0, at = header.find(name);
	if (!header.starts_with("HTTP/1.1 200 ") || at == std::string::npos)
		return fail(EIO, "the server answers '%.*s', expected 200 and a length",
			    static_cast<int>(header.find('\r')), header.data());
	std::from_chars(header.data() + at + name.size(), header.data() + header.size(), length);
	return length;
}

Result<std::string> Connection::ask(const std::string &request)
{
	if (SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size())) <= 0)
		return failed("send a request");
	std::string text;
	std::optional<size_t> end; // of the body
	while (!end || text.size() < *end) {
		char piece[16384];
		int size = SSL_read(ssl_.get(), piece, sizeof(piece));
		if (size <= 0)
			return failed("read an answer");
		text.append(piece, size);
		size_t blank = text.find("\r\n\r\n");
		if (!end && blank != std::string::npos) {
			size_t length = TRY(length_of(std::string_view(text).substr(0, blank + 2)));
			end = blank + 4 + length;
		}
	}
	return text.substr(text.find("\r\n\r\n") + 4);
}

// A close of the client's, as an agent's that has what it wanted.
void Connection::end(Figures *figures)
{
	SSL_shutdown(ssl_.get());
	tcp_info info = {};
	socklen_t size = sizeof(info);
	getsockopt(fd_.get(), IPPROTO_TCP, TCP_INFO, &info, &size);
	figures->sent += info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
	figures->received += info.tcpi_bytes_received;
	figures->packets += info.tcpi_segs_in + info.tcpi_segs_out;
}

// The header is as long as that of an agent.
std::string request_of(Task *task, const std::string &secret)
{
	std::string common = " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(task->words.port) +
			     "\r\nUser-Agent: klpd 0.1.0\r\nAccept: */*\r\n";
	if (!task->words.get.empty())
		return "GET " + task->words.get + common + "\r\n";
	nlohmann::json document = task->document;
	int64_t counter = ++task->counter;
	document["counter"] = counter;
	if (task->words.state == "changed")
		document["reason"] = "patch " + std::to_string(counter) + " is active";
	std::string body = document.dump();
	return "POST /v1/check-in" + common + "Authorization: Bearer " + secret +
	       "\r\nContent-Type: application/json\r\nContent-Length: " +
	       std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A machine belongs to one thread, so that its counter only rises.
class Asker {
public:
	Asker(Task *task, size_t number) : task_(task), number_(number), random_(number) {}

	// The first connection gives the session, and counts for nothing.
	Result<> begin();
	Result<> run();
	const Figures &figures() const { return figures_; }

private:
	const std::string &secret();
	Result<> ask_once();
	Result<> ask_on(Connection *connection, Clock::time_point start);

	Task *task_;
	size_t number_;
	std::mt19937 random_;
	Figures figures_;
	std::optional<Connection> kept_;
	Session session_;
};

const std::string &Asker::secret()
{
	static const std::string none;
	size_t threads = task_->words.connections, all = task_->secrets.size();
	if (all == 0)
		return none;
	return task_->secrets[random_() % (all / threads) * threads + number_];
}

Result<> Asker::ask_on(Connection *connection, Clock::time_point start)
{
	std::string body = TRY(connection->ask(request_of(task_, secret())));
	std::chrono::duration<double, std::milli> time = Clock::now() - start;
	figures_.times.push_back(time.count());
	if (task_->words.get.empty() && body.find("\"reattach\":false") == std::string::npos)
		return fail(EIO, "the hub answers '%s', expected a check-in that it took",
			    body.c_str());
	return {};
}

Result<> Asker::ask_once()
{
	Clock::time_point start = Clock::now();
	if (task_->words.way == "keep-alive")
		return ask_on(&*kept_, start);
	bool resumes = task_->words.way == "resumed";
	Connection connection = TRY(Connection::open(*task_, resumes ? session_.get() : nullptr));
	if (connection.is_resumed() != resumes)
		return fail(EIO, "a session is%s resumed, expected otherwise",
			    resumes ? " not" : "");
	TRY(ask_on(&connection, start));
	session_ = connection.session();
	connection.end(&figures_);
	return {};
}

Result<> Asker::begin()
{
	kept_ = TRY(Connection::open(*task_, nullptr));
	TRY(ask_on(&*kept_, Clock::now()));
	session_ = kept_->session();
	figures_ = {};
	return {};
}

Result<> Asker::run()
{
	while (task_->left.fetch_sub(1) > 0)
		TRY(ask_once());
	if (task_->words.way == "keep-alive")
		kept_->end(&figures_);
	return {};
}

Result<double> cpu_seconds(const std::vector<pid_t> &processes)
{
	double seconds = 0;
	for (pid_t process : processes) {
		clockid_t clock;
		timespec time;
		if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0)
			return fail(ESRCH, "cannot read the CPU time of process %d", process);
		seconds += time.tv_sec + time.tv_nsec / 1e9;
	}
	return seconds;
}

Result<> prepare(Task *task)
{
	Words &words = task->words;
	task->tls.reset(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
	SSL_CTX_set_verify(task->tls.get(), SSL_VERIFY_PEER, nullptr);
	if (SSL_CTX_load_verify_locations(task->tls.get(), words.ca.c_str(), nullptr) != 1)
		return failed("read the certificate");
	// The document and a secret for each thread, or a file to get.
	if (words.get.empty()) {
		std::string text = TRY(read_text(words.document));
		task->document = nlohmann::json::parse(text);
		std::string lines = TRY(read_text(words.secrets));
		std::istringstream stream(lines);
		for (std::string line; std::getline(stream, line);)
			task->secrets.push_back(line);
		if (task->secrets.size() < words.connections)
			return fail(EINVAL, "'%s' has %zu secrets, expected %zu or more",
				    words.secrets.c_str(), task->secrets.size(), words.connections);
	}
	task->left = static_cast<int64_t>(words.requests);
	task->counter = std::chrono::duration_cast<std::chrono::microseconds>(
				std::chrono::system_clock::now().time_since_epoch())
				.count();
	return {};
}

double at(const std::vector<double> &sorted, double share)
{
	return sorted[static_cast<size_t>(share * (sorted.size() - 1))];
}

void print(const Figures &all, double seconds, double cpu)
{
	std::vector<double> times = all.times;
	std::ranges::sort(times);
	const double n = times.size();
	say(stdout, "%.0f\t%.2f\t%.2f\t%.1f\t%.0f\t%.0f\t%.1f\n", n / seconds, at(times, 0.5),
	    at(times, 0.99), cpu / n * 1e6, all.sent / n, all.received / n, all.packets / n);
}

Result<> run(const Words &words)
{
	Task task;
	task.words = words;
	TRY(prepare(&task));
	std::vector<std::unique_ptr<Asker>> askers;
	for (size_t i = 0; i < words.connections; i++) {
		askers.push_back(std::make_unique<Asker>(&task, i));
		TRY(askers.back()->begin());
	}
	std::vector<Result<>> ends(words.connections);
	double cpu = TRY(cpu_seconds(words.processes));
	Clock::time_point start = Clock::now();
	{
		std::vector<std::jthread> threads;
		for (size_t i = 0; i < words.connections; i++)
			threads.emplace_back([&, i] { ends[i] = askers[i]->run(); });
	}
	std::chrono::duration<double> seconds = Clock::now() - start;
	double cpu_after = TRY(cpu_seconds(words.processes));
	Figures all;
	for (size_t i = 0; i < words.connections; i++) {
		TRY(std::move(ends[i]));
		const Figures &one = askers[i]->figures();
		all.times.insert(all.times.end(), one.times.begin(), one.times.end());
		all.sent += one.sent;
		all.received += one.received;
		all.packets += one.packets;
	}
	print(all, seconds.count(), cpu_after - cpu);
	return {};
}

}

int main(int argc, char **argv)
{
	Words words;
	CommandLine app("Ask a server on the loopback, and print how fast it answers.",
			"klp-hub-load");
	app.add_option("--port", words.port, "the server's")->required();
	app.add_option("--ca", words.ca, "its certificate, a file")->required();
	app.add_option("--way", words.way, "of the connections")
		->check(one_of({"keep-alive", "new", "resumed"}));
	app.add_option("--requests", words.requests, "of all connections")
		->check(number_between(1, 100'000, "requests"));
	app.add_option("--connections", words.connections, "at once, a thread each")
		->check(number_between(1, 200, "connections"));
	app.add_option("--process", words.processes, "whose CPU time counts");
	app.add_option("--get", words.get, "a path, instead of check-ins");
	app.add_option("--document", words.document, "a check-in, a file");
	app.add_option("--secrets", words.secrets, "of the machines, a file");
	app.add_option("--state", words.state, "that a machine has in its check-ins")
		->check(one_of({"same", "changed"}));
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	return guarded("klp-hub-load", exit_failed, "", [&] {
		Result<> done = run(words);
		if (!done)
			say(stderr, "klp-hub-load: %s\n", done.error().message.c_str());
		return done ? exit_done : exit_failed;
	});
}
