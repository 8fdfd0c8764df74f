// SPDX-License-Identifier: LGPL-2.1-or-later
// HTTPS with limits of its own, and with a client that does what no HTTP client would.
#include "../../../libklp/file.hpp"
#include "../certificate.hpp"
#include "../https.hpp"

#include <arpa/inet.h>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <mutex>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>

using namespace klp;
using namespace klp::hub;

namespace {

// Long enough for a slow machine, and short beside the times of HttpsLimits.
constexpr int patience = 15; // seconds

class Client {
public:
	explicit Client(uint16_t port, const char *from = "127.0.0.1")
	    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
	      port_(port),
	      context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
	      ssl_(SSL_new(context_.get()), SSL_free)
	{
		wait_for(std::chrono::seconds(patience));
		sockaddr_in own = address(from, 0);
		EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr *>(&own), sizeof(own)), 0);
		SSL_set_fd(ssl_.get(), fd_.get());
	}

	// Without TLS.
	void reach()
	{
		sockaddr_in hub = address("127.0.0.1", port_);
		EXPECT_EQ(connect(fd_.get(), reinterpret_cast<sockaddr *>(&hub), sizeof(hub)), 0);
	}
	void wait_for(std::chrono::milliseconds most)
	{
		timeval time = {most.count() / 1000, most.count() % 1000 * 1000};
		EXPECT_EQ(setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)), 0);
	}
	// False where the hub ends the connection, or says nothing for that long.
	bool goes_on() { return SSL_connect(ssl_.get()) == 1; }
	bool handshake()
	{
		reach();
		return goes_on();
	}
	void write(const std::string &text)
	{
		EXPECT_EQ(SSL_write(ssl_.get(), text.data(), text.size()),
			  static_cast<int>(text.size()));
	}
	// What comes next; empty at the end.
	std::string read()
	{
		char buffer[4096];
		int size = SSL_read(ssl_.get(), buffer, sizeof(buffer));
		return std::string(buffer, std::max(size, 0));
	}
	std::string read_all()
	{
		std::string all, next;
		while (!(next = read()).empty())
			all += next;
		return all;
	}
	// True where the hub has closed the connection without a word.
	bool is_closed()
	{
		reach();
		char byte;
		return recv(fd_.get(), &byte, 1, 0) == 0 || errno == ECONNRESET;
	}

private:
	static sockaddr_in address(const char *text, uint16_t port)
	{
		sockaddr_in made = {};
		made.sin_family = AF_INET;
		made.sin_port = htons(port);
		inet_pton(AF_INET, text, &made.sin_addr);
		return made;
	}

	UniqueFd fd_;
	uint16_t port_;
	std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
	std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

Answer text(const std::string &words)
{
	return Answer{200, "text/plain", words};
}

size_t no_limit_of_its_own(const Request &)
{
	return 0;
}

class HubHttps : public testing::Test {
protected:
	void SetUp() override
	{
		signal(SIGPIPE, SIG_IGN);
		std::filesystem::remove_all(folder_);
		std::filesystem::create_directories(folder_);
		Certificate made = *make_certificate("127.0.0.1", time(nullptr));
		std::ofstream(folder_ / "crt") << made.certificate;
		std::ofstream(folder_ / "key") << made.key;
	}
	void TearDown() override
	{
		if (thread_.joinable())
			stop();
		std::filesystem::remove_all(folder_);
		signal(SIGPIPE, SIG_DFL);
	}

	HttpsServer open(const HttpsLimits &limits, size_t threads)
	{
		HttpsSettings settings = {"127.0.0.1", 0, folder_ / "crt", folder_ / "key", limits};
		return std::move(HttpsServer::open(settings, threads).value());
	}
	using Handler = std::function<Answer(const Request &)>;
	void serve(const Handler &handler, const HttpsLimits &limits = {}, size_t threads = 2)
	{
		server_.emplace(open(limits, threads));
		Site site = {handler, body_limit_};
		thread_ = std::jthread([this, site, threads] {
			ended_ = server_->run(std::vector<Site>(threads, site),
					      [this](const std::string &line) { log(line); });
		});
	}
	void stop()
	{
		kill(getpid(), SIGTERM);
		thread_.join();
		EXPECT_TRUE(ended_) << ended_.error().message;
	}
	virtual void log(const std::string &line)
	{
		std::lock_guard lock(mutex_);
		lines_.push_back(line);
		said_.notify_all();
	}
	bool has_said(size_t count, std::chrono::milliseconds most)
	{
		std::unique_lock lock(mutex_);
		return said_.wait_for(lock, most, [&] { return lines_.size() >= count; });
	}
	std::string ask(const std::string &request)
	{
		Client client(server_->port());
		EXPECT_TRUE(client.handshake());
		client.write(request);
		return client.read_all();
	}
	std::string ask() { return ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"); }

	std::filesystem::path folder_ = testing::TempDir() + "/klp-hub-https";
	std::optional<HttpsServer> server_;
	std::function<size_t(const Request &)> body_limit_ = no_limit_of_its_own;
	std::jthread thread_;
	Result<> ended_ = {};
	std::mutex mutex_;
	std::condition_variable said_;
	std::vector<std::string> lines_;
};

std::string body_of(const std::string &answer)
{
	return answer.substr(answer.find("\r\n\r\n") + 4);
}

Answer echo_bearer(const Request &request)
{
	return text("bearer '" + request.bearer + "', body '" + request.body + "'");
}

}

TEST_F(HubHttps, an_exception_of_a_handler_ends_its_request_only)
{
	serve([](const Request &request) -> Answer {
		if (request.path == "/throw")
			throw std::runtime_error("a fault");
		return text("served");
	});
	std::string answer = ask("GET /throw HTTP/1.1\r\nConnection: close\r\n\r\n");
	EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
	EXPECT_NE(answer.find("the hub failed; its log says why"), std::string::npos);
	EXPECT_EQ(body_of(ask()), "served");
	EXPECT_EQ(lines_, std::vector<std::string>{"unexpected, for /throw: a fault"});
}

TEST_F(HubHttps, a_client_that_reads_nothing_of_a_large_file_is_left_soon)
{
	HttpsLimits limits;
	limits.answer = std::chrono::seconds(1);
	limits.connections = 1;
	std::ofstream(folder_ / "large") << "x";
	std::filesystem::resize_file(folder_ / "large", 64 << 20);
	serve(
		[&](const Request &request) {
			if (request.path != "/large")
				return text("served");
			UniqueFd fd(::open((folder_ / "large").c_str(), O_RDONLY | O_CLOEXEC));
			return Answer{200, "", FileBody{std::move(fd), 64 << 20}};
		},
		limits);
	Client idle(server_->port());
	ASSERT_TRUE(idle.handshake());
	idle.write("GET /large HTTP/1.1\r\n\r\n");
	// The other has the only place.
	EXPECT_EQ(body_of(ask()), "served");
}

TEST_F(HubHttps, a_connection_beyond_the_limit_waits_until_another_ends)
{
	HttpsLimits limits;
	limits.connections = 2;
	serve(echo_bearer, limits);
	std::optional<Client> one(server_->port()), two(server_->port());
	ASSERT_TRUE(one->handshake() && two->handshake());
	Client three(server_->port());
	three.wait_for(std::chrono::milliseconds(200));
	EXPECT_FALSE(three.handshake());
	one.reset();
	three.wait_for(std::chrono::seconds(patience));
	EXPECT_TRUE(three.goes_on());
	two.reset();
	EXPECT_EQ(body_of(ask()), "bearer '', body ''");
}

TEST_F(HubHttps, a_client_with_many_connections_takes_no_place_of_others)
{
	HttpsLimits limits;
	limits.connections_of_client = 2;
	serve(echo_bearer, limits);
	std::optional<Client> one(server_->port()), two(server_->port());
	ASSERT_TRUE(one->handshake() && two->handshake());
	EXPECT_TRUE(Client(server_->port()).is_closed());
	EXPECT_TRUE(Client(server_->port(), "127.0.0.2").handshake());
	// Its end is seen by the hub before the client asks again.
	one->write("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
	one->read_all();
	one.reset();
	while (!Client(server_->port()).handshake())
		std::this_thread::yield();
}

TEST_F(HubHttps, a_client_that_asks_first_is_told_to_go_on)
{
	serve(echo_bearer);
	Client client(server_->port());
	ASSERT_TRUE(client.handshake());
	client.write("POST / HTTP/1.1\r\nConnection: close\r\nExpect: 100-continue\r\n"
		     "Content-Length: 4\r\n\r\n");
	EXPECT_EQ(client.read(), "HTTP/1.1 100 Continue\r\n\r\n");
	client.write("word");
	EXPECT_EQ(body_of(client.read_all()), "bearer '', body 'word'");
	std::string too_large = ask("POST / HTTP/1.1\r\nExpect: 100-continue\r\n"
				    "Content-Length: 100000\r\n\r\n");
	EXPECT_TRUE(too_large.starts_with("HTTP/1.1 413 ")) << too_large;
}

// By the head alone, before any of the body is there.
TEST_F(HubHttps, a_body_may_be_as_large_as_the_site_says)
{
	constexpr size_t large = 1'000'000;
	body_limit_ = [](const Request &head) { return head.bearer == "p" ? large : 0; };
	serve([](const Request &request) { return text(std::to_string(request.body.size())); });
	const std::string head = "POST / HTTP/1.1\r\nConnection: close\r\n";
	const std::string length = "Content-Length: 1000000\r\n\r\n", body(large, 'x');
	EXPECT_EQ(body_of(ask(head + "Authorization: Bearer p\r\n" + length + body)), "1000000");
	EXPECT_TRUE(ask(head + length).starts_with("HTTP/1.1 413 "));
	const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
	EXPECT_EQ(body_of(ask(head + "Authorization: Bearer p\r\n" + chunked + "f4240\r\n" + body +
			      "\r\n0\r\n\r\n")),
		  "1000000");
	EXPECT_TRUE(ask(head + chunked + "f4240\r\n").starts_with("HTTP/1.1 413 "));
	EXPECT_TRUE(ask(head + "Authorization: Bearer p\r\n" + chunked + "f4241\r\n")
			    .starts_with("HTTP/1.1 413 "));
}

TEST_F(HubHttps, a_bearer_behind_the_body_is_none)
{
	serve(echo_bearer);
	EXPECT_EQ(body_of(ask("POST / HTTP/1.1\r\nConnection: close\r\n"
			      "Transfer-Encoding: chunked\r\n\r\n"
			      "4\r\nword\r\n0\r\nAuthorization: Bearer x\r\n\r\n")),
		  "bearer '', body 'word'");
	EXPECT_EQ(body_of(ask("POST / HTTP/1.1\r\nConnection: close\r\n"
			      "Authorization: Bearer x\r\n\r\n")),
		  "bearer 'x', body ''");
}

TEST_F(HubHttps, a_head_that_is_refused_has_no_body)
{
	serve(echo_bearer);
	std::string answer = ask("HEAD / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n");
	EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
	EXPECT_EQ(body_of(answer), "");
}

namespace {

// While it lives no descriptor is opened, by the hub or by the test.
class NoDescriptors {
public:
	NoDescriptors()
	{
		EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
		rlimit none = {0, before_.rlim_max};
		EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
	}
	NoDescriptors(const NoDescriptors &) = delete;
	~NoDescriptors() { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0); }

private:
	rlimit before_;
};

class HubHttpsWithoutLog : public HubHttps {
protected:
	void log(const std::string &) override { throw std::runtime_error("the log is broken"); }
};

}

TEST_F(HubHttps, descriptors_that_have_run_out_are_logged_once)
{
	serve(echo_bearer, {}, 1);
	EXPECT_EQ(body_of(ask()), "bearer '', body ''");
	Client client(server_->port());
	{
		NoDescriptors none;
		client.reach();
		EXPECT_TRUE(has_said(1, std::chrono::seconds(patience)));
		EXPECT_FALSE(has_said(2, std::chrono::milliseconds(500))); // five attempts more
	}
	EXPECT_EQ(body_of(ask()), "bearer '', body ''");
	EXPECT_EQ(lines_,
		  std::vector<std::string>{"cannot accept connections: Too many open files"});
}

TEST_F(HubHttpsWithoutLog, a_thread_that_accepts_no_more_ends_the_hub)
{
	serve(echo_bearer);
	EXPECT_EQ(body_of(ask()), "bearer '', body ''");
	Client client(server_->port());
	{
		NoDescriptors none;
		client.reach();
		thread_.join();
	}
	ASSERT_FALSE(ended_);
	EXPECT_EQ(ended_.error().message, "a thread that serves has failed: the log is broken");
}

TEST_F(HubHttps, a_thread_that_cannot_be_started_is_said_so)
{
	HttpsServer server = open({}, 2);
	pthread_attr_t before, huge;
	ASSERT_EQ(pthread_getattr_default_np(&before), 0);
	ASSERT_EQ(pthread_attr_init(&huge), 0);
	ASSERT_EQ(pthread_attr_setstacksize(&huge, size_t{1} << 46), 0);
	ASSERT_EQ(pthread_setattr_default_np(&huge), 0);
	Site site = {echo_bearer, no_limit_of_its_own};
	Result<> ended = server.run({site, site}, [](const std::string &) {});
	ASSERT_EQ(pthread_setattr_default_np(&before), 0);
	ASSERT_FALSE(ended);
	EXPECT_EQ(ended.error().message,
		  "cannot start 2 threads: Resource temporarily unavailable");
}
