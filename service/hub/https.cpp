// SPDX-License-Identifier: LGPL-2.1-or-later
#define BOOST_BEAST_FILE_BUFFER_SIZE 16384 // bytes: a record of TLS
#include "https.hpp"
#include "connections.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <ctime>
#include <fcntl.h>
#include <thread>

namespace klp::hub {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using protocol::ProblemKind;

namespace {

using Stream = beast::ssl_stream<beast::tcp_stream>;
using Parser = http::request_parser<http::string_body>;

constexpr long session_lifetime = 2 * 3600; // s: some check-ins

// The first one has the shortest tickets: a resumed session takes 80 bytes less than by the second.
constexpr const char *ciphers_of_tls13 =
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

struct Worker;

// All threads share this.
struct Shared {
	explicit Shared(const HttpsLimits &the_limits);
	~Shared();

	ssl::context tls{ssl::context::tls_server};
	const HttpsLimits limits;
	Connections connections;
	std::vector<std::unique_ptr<Worker>> workers;
	Site site_for_long; // in the one thread of:
	asio::thread_pool long_requests{1}; // ends before the workers, which wait for it
	// From open() on: a hub that says its port can be ended in order. Ends before the workers.
	std::optional<asio::signal_set> signals;
};

// A thread with a context of its own: its connections never leave it.
struct Worker {
	explicit Worker(Shared &the_shared) : shared(&the_shared), limits(&shared->limits) {}

	Shared *shared;
	const HttpsLimits *limits;
	asio::io_context context{1};
	tcp::acceptor acceptor{context};
	asio::steady_timer room{context}; // is cancelled where a connection may find a place
	Site site;
	Log log;
	std::string failure; // why the thread ended early, for whoever has joined it
};

Shared::Shared(const HttpsLimits &the_limits)
    : limits(the_limits), connections(limits.connections, limits.connections_of_client)
{
}

Shared::~Shared() = default;

// All but the body. It is called before the body is read: fields behind a body in chunks go to the
// same message, and none of them may be a bearer.
Request head_of(const http::request<http::string_body> &message)
{
	Request request;
	request.method = std::string(message.method_string());
	std::string_view target = {message.target().data(), message.target().size()};
	request.path = target.substr(0, target.find('?'));
	constexpr std::string_view scheme = "Bearer ";
	// Two of them could mean two machines.
	if (message.count(http::field::authorization) == 1) {
		beast::string_view value = message[http::field::authorization];
		if (beast::iequals(value.substr(0, scheme.size()),
				   beast::string_view(scheme.data(), scheme.size())))
			request.bearer = std::string(value.substr(scheme.size()));
	}
	return request;
}

// The answer to a request that was not read to its end; nothing where nobody waits for one.
std::optional<Answer> answer_to_unread(const beast::error_code &error)
{
	if (error == http::error::body_limit)
		return problem(ProblemKind::too_large, "the request's body is too large");
	if (error == http::error::header_limit || error == http::error::buffer_overflow) {
		Answer answer =
			problem(ProblemKind::too_large, "the request's header is too large");
		answer.status = 431;
		return answer;
	}
	bool is_silent =
		error == http::error::end_of_stream || error == http::error::partial_message;
	// All other errors of this category are about what the client wrote.
	if (is_silent || error.category() != make_error_code(http::error::bad_method).category())
		return std::nullopt;
	return problem(ProblemKind::malformed, "the request is no HTTP: " + error.message());
}

Answer answer_of(const Worker &worker, const Site &site, const Request &request)
{
	try {
		return site.answer(request);
	} catch (const std::exception &exception) {
		worker.log("unexpected, for " + request.path + ": " + exception.what());
	}
	return internal_failure();
}

size_t body_limit_of(const Worker &worker, const Request &request)
{
	try {
		return std::max(worker.limits->body, worker.site.body_limit(request));
	} catch (const std::exception &exception) {
		worker.log("unexpected, for " + request.path + ": " + exception.what());
	}
	return worker.limits->body;
}

std::string date()
{
	time_t now = time(nullptr);
	tm parts = {};
	gmtime_r(&now, &parts);
	char text[64];
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
	return text;
}

template <class Body>
void set_header(http::response<Body> *message, const Answer &answer, bool keep_alive)
{
	message->version(11);
	message->result(static_cast<unsigned>(answer.status));
	message->keep_alive(keep_alive);
	message->set(http::field::date, date());
	message->set(http::field::cache_control, answer.cache_control);
	message->set("X-Content-Type-Options", "nosniff");
	if (!answer.content_type.empty())
		message->set(http::field::content_type, answer.content_type);
	for (const auto &[name, value] : answer.headers)
		message->set(name, value);
}

uint64_t size_of(const Answer &answer)
{
	if (const FileBody *file = std::get_if<FileBody>(&answer.body))
		return file->size;
	return std::get<std::string>(answer.body).size();
}

template <class Body> asio::awaitable<bool> write(Stream &stream, http::response<Body> &message)
{
	beast::error_code error;
	co_await http::async_write(stream, message,
				   asio::redirect_error(asio::use_awaitable, error));
	co_return !error;
}

http::response<http::empty_body> header_only(const Answer &answer, bool keep_alive)
{
	http::response<http::empty_body> message;
	set_header(&message, answer, keep_alive);
	if (answer.status != 204)
		message.content_length(size_of(answer));
	return message;
}

// The size is fixed here: a file that grows meanwhile sends no more than was announced.
http::response<http::file_body> with_file(const Answer &answer, FileBody file, bool keep_alive,
					  beast::error_code *error)
{
	http::response<http::file_body> message;
	set_header(&message, answer, keep_alive);
	beast::file_posix opened;
	opened.native_handle(file.fd.release());
	message.body().reset(std::move(opened), *error);
	message.content_length(message.body().size());
	return message;
}

std::chrono::seconds time_for(uint64_t size, const HttpsLimits &limits)
{
	return limits.answer + std::chrono::seconds(size / limits.least_rate);
}

// A client that reads nothing is left after one part, not after the time for all of a large file.
asio::awaitable<bool> write_parts(Stream &stream, http::response<http::file_body> &message,
				  const HttpsLimits &limits)
{
	using Clock = std::chrono::steady_clock;
	Clock::time_point end = Clock::now() + time_for(message.body().size(), limits);
	http::response_serializer<http::file_body> serializer(message);
	beast::error_code error;
	while (!error && !serializer.is_done()) {
		beast::get_lowest_layer(stream).expires_at(
			std::min(end, Clock::now() + limits.answer));
		co_await http::async_write_some(stream, serializer,
						asio::redirect_error(asio::use_awaitable, error));
	}
	co_return !error;
}

// False where the connection is of no more use.
asio::awaitable<bool> send(Stream &stream, Answer answer, const HttpsLimits &limits, bool is_head,
			   bool keep_alive)
{
	beast::get_lowest_layer(stream).expires_after(time_for(size_of(answer), limits));
	if (is_head || size_of(answer) == 0) {
		auto message = header_only(answer, keep_alive);
		co_return co_await write(stream, message);
	}
	if (FileBody *file = std::get_if<FileBody>(&answer.body)) {
		beast::error_code error;
		auto message = with_file(answer, std::move(*file), keep_alive, &error);
		if (error)
			co_return false;
		co_return co_await write_parts(stream, message, limits);
	}
	http::response<http::string_body> message;
	set_header(&message, answer, keep_alive);
	message.body() = std::move(std::get<std::string>(answer.body));
	message.prepare_payload();
	co_return co_await write(stream, message);
}

// The rest of a request whose header is read: the site allows some more than others. A client may
// wait for a word before it sends a body.
asio::awaitable<beast::error_code> read_body(Worker &worker, Stream &stream,
					     beast::flat_buffer &buffer, Parser &parser,
					     const Request &head)
{
	static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
	size_t limit = body_limit_of(worker, head);
	uint64_t length = parser.content_length().value_or(0);
	if (length > limit)
		co_return http::make_error_code(http::error::body_limit);
	parser.body_limit(limit);
	if (length > worker.limits->body)
		beast::get_lowest_layer(stream).expires_after(
			worker.limits->request +
			std::chrono::seconds(length / worker.limits->least_rate));
	beast::error_code error;
	if (!parser.is_done() && beast::iequals(parser.get()[http::field::expect], "100-continue"))
		co_await asio::async_write(stream, asio::buffer(go_on),
					   asio::redirect_error(asio::use_awaitable, error));
	if (!error)
		co_await http::async_read(stream, buffer, parser,
					  asio::redirect_error(asio::use_awaitable, error));
	co_return error;
}

// The thread serves its other connections while a long request has another one.
asio::awaitable<Answer> find_answer(Worker &worker, const Request &request)
{
	Shared &shared = *worker.shared;
	if (!shared.site_for_long.answer || !worker.site.is_long(request))
		co_return answer_of(worker, worker.site, request);
	Answer answer;
	co_await asio::co_spawn(
		shared.long_requests,
		[&]() -> asio::awaitable<void> {
			answer = answer_of(worker, shared.site_for_long, request);
			co_return;
		},
		asio::use_awaitable);
	co_return answer;
}

// One request and its answer. False where the connection ends.
asio::awaitable<bool> serve_request(Worker &worker, Stream &stream, beast::flat_buffer &buffer)
{
	Parser parser;
	parser.header_limit(static_cast<uint32_t>(worker.limits->header));
	parser.body_limit(boost::none); // read_body() sets it
	beast::error_code error;
	Request request;
	beast::get_lowest_layer(stream).expires_after(worker.limits->request);
	co_await http::async_read_header(stream, buffer, parser,
					 asio::redirect_error(asio::use_awaitable, error));
	bool is_head = parser.get().method() == http::verb::head;
	if (!error) {
		request = head_of(parser.get());
		error = co_await read_body(worker, stream, buffer, parser, request);
	}
	if (error) {
		std::optional<Answer> answer = answer_to_unread(error);
		if (answer)
			co_await send(stream, std::move(*answer), *worker.limits, is_head, false);
		co_return false;
	}
	bool keep_alive = parser.get().keep_alive();
	request.body = std::move(parser.get().body());
	Answer answer = co_await find_answer(worker, request);
	bool is_sent =
		co_await send(stream, std::move(answer), *worker.limits, is_head, keep_alive);
	co_return is_sent &&keep_alive;
}

// A client that is still sending would lose the answer if its bytes met a closed socket: TCP resets
// such a connection. So the hub ends its own direction first, and reads some of what comes.
asio::awaitable<void> end_connection(Worker &worker, Stream &stream)
{
	beast::tcp_stream &lowest = beast::get_lowest_layer(stream);
	beast::error_code error;
	lowest.expires_after(worker.limits->handshake);
	co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
	lowest.socket().shutdown(tcp::socket::shutdown_send, error);
	std::vector<char> rest(4096);
	size_t left = 4 * worker.limits->body;
	while (!error && left >= rest.size()) {
		co_await lowest.async_read_some(asio::buffer(rest),
						asio::redirect_error(asio::use_awaitable, error));
		left -= rest.size();
	}
}

// An answer follows the session's ticket, each in a packet: without TCP_NODELAY the answer would
// wait until the client acknowledges the ticket, 40 ms later.
asio::awaitable<void> serve_connection(Worker &worker, tcp::socket socket)
{
	beast::error_code error;
	socket.set_option(tcp::no_delay(true), error);
	if (error)
		co_return;
	Stream stream(std::move(socket), worker.shared->tls);
	beast::get_lowest_layer(stream).expires_after(worker.limits->handshake);
	co_await stream.async_handshake(ssl::stream_base::server,
					asio::redirect_error(asio::use_awaitable, error));
	if (error)
		co_return;
	beast::flat_buffer buffer(worker.limits->header + worker.limits->body);
	bool goes_on = true;
	while (goes_on)
		goes_on = co_await serve_request(worker, stream, buffer);
	co_await end_connection(worker, stream);
}

std::string client_of(const tcp::socket &socket)
{
	beast::error_code error;
	asio::ip::address address = socket.remote_endpoint(error).address();
	if (address.is_v4())
		return hub::client_of(address.to_v4().to_bytes());
	return hub::client_of(address.to_v6().to_bytes());
}

void give_back(Shared &shared, const std::string &client)
{
	if (!shared.connections.give_back(client))
		return;
	for (auto &worker : shared.workers)
		asio::post(worker->context, [&waiting = worker->room] { waiting.cancel(); });
}

// An exception in a coroutine that nobody waits for comes here, or nowhere.
void start_connection(Worker &worker, tcp::socket socket, const std::string &client)
{
	asio::co_spawn(worker.context, serve_connection(worker, std::move(socket)),
		       [&worker, client](std::exception_ptr failure) {
			       give_back(*worker.shared, client);
			       try {
				       if (failure)
					       std::rethrow_exception(failure);
			       } catch (const std::exception &exception) {
				       worker.log(std::string("a connection failed: ") +
						  exception.what());
			       }
		       });
}

// Where all places are taken the thread keeps this one connection until there is one, and leaves
// all others to the kernel's queue. A connection that ends in between asks for the end of the wait
// in this thread, so not before the wait begins.
asio::awaitable<void> admit(Worker &worker, tcp::socket socket)
{
	using Place = Connections::Place;
	std::string client = client_of(socket);
	Place place = worker.shared->connections.take(client);
	while (place == Place::full) {
		beast::error_code cancelled;
		worker.room.expires_at(std::chrono::steady_clock::time_point::max());
		co_await worker.room.async_wait(
			asio::redirect_error(asio::use_awaitable, cancelled));
		place = worker.shared->connections.take(client);
	}
	if (place == Place::taken)
		start_connection(worker, std::move(socket), client);
}

// Says once that accept() fails, and once that it has not failed for some time: whoever takes the
// last descriptors again and again does not fill the log.
class AcceptTrouble {
public:
	void note(const beast::error_code &error, const Log &log)
	{
		Clock::time_point now = Clock::now();
		if (error && !is_told_)
			log("cannot accept connections: " + error.message());
		if (!error && is_told_ && now - last_ > quiet)
			log("accepts connections again");
		is_told_ = error || (is_told_ && now - last_ <= quiet);
		if (error)
			last_ = now;
	}

private:
	using Clock = std::chrono::steady_clock;
	static constexpr std::chrono::seconds quiet{60};

	bool is_told_ = false;
	Clock::time_point last_;
};

// Where file descriptors have run out, they come back as connections end.
asio::awaitable<void> accept_connections(Worker &worker)
{
	constexpr std::chrono::milliseconds pause(100);
	asio::steady_timer timer(worker.context);
	AcceptTrouble trouble;
	while (worker.acceptor.is_open()) {
		beast::error_code error;
		tcp::socket socket = co_await worker.acceptor.async_accept(
			asio::redirect_error(asio::use_awaitable, error));
		if (error == asio::error::operation_aborted ||
		    error == asio::error::connection_aborted)
			continue;
		trouble.note(error, worker.log);
		if (!error) {
			co_await admit(worker, std::move(socket));
		} else {
			timer.expires_after(pause);
			co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
		}
	}
}

std::unexpected<Error> failed(const std::string &verb, const beast::error_code &error)
{
	return fail(error.value() > 0 ? error.value() : EIO, "cannot %s: %s", verb.c_str(),
		    error.message().c_str());
}

// Forward secrecy and authenticated encryption only, but for a session of TLS 1.2 that is resumed:
// its ticket has its secrets, under a key that OpenSSL makes once for the life of the hub. Agents
// speak TLS 1.3, which exchanges new keys as it resumes. A machine that comes again after half an
// hour resumes its session, with any of the threads.
Result<> set_up(ssl::context *tls, const HttpsSettings &settings)
{
	SSL_CTX *context = tls->native_handle();
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_CIPHER_SERVER_PREFERENCE);
	constexpr unsigned char name[] = "klp-hub";
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
	    SSL_CTX_set_ciphersuites(context, ciphers_of_tls13) != 1 ||
	    SSL_CTX_set_session_id_context(context, name, sizeof(name)) != 1 ||
	    SSL_CTX_set_num_tickets(context, 1) != 1)
		return fail(EIO, "OpenSSL does not take the settings of TLS");
	SSL_CTX_set_timeout(context, session_lifetime);
	// A ticket has all of its session: the hub keeps none.
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	beast::error_code error;
	tls->use_certificate_chain_file(settings.certificates, error);
	if (error)
		return failed("use the certificate '" + settings.certificates + "'", error);
	tls->use_private_key_file(settings.key, ssl::context::pem, error);
	if (error)
		return failed("use the key '" + settings.key + "'", error);
	return {};
}

beast::error_code listen(tcp::acceptor *acceptor, const tcp::endpoint &endpoint)
{
	beast::error_code error;
	acceptor->open(endpoint.protocol(), error);
	if (!error)
		acceptor->set_option(tcp::acceptor::reuse_address(true), error);
	if (!error)
		acceptor->bind(endpoint, error);
	if (!error)
		acceptor->listen(asio::socket_base::max_listen_connections, error);
	return error;
}

// All threads accept from one socket. One each, by SO_REUSEPORT, would let a second hub take half
// of the machines without a word.
beast::error_code share(tcp::acceptor *acceptor, tcp::acceptor &first)
{
	beast::error_code error;
	int copy = fcntl(first.native_handle(), F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return beast::error_code(errno, boost::system::system_category());
	acceptor->assign(first.local_endpoint().protocol(), copy, error);
	return error;
}

}

struct HttpsServer::Server : Shared {
	using Shared::Shared;
};

HttpsServer::HttpsServer(std::unique_ptr<Server> server) : server_(std::move(server)) {}
HttpsServer::HttpsServer(HttpsServer &&) noexcept = default;
HttpsServer::~HttpsServer() = default;

Result<HttpsServer> HttpsServer::open(const HttpsSettings &settings, size_t threads)
{
	auto server = std::make_unique<Server>(settings.limits);
	TRY(set_up(&server->tls, settings));
	beast::error_code error;
	asio::ip::address address = asio::ip::make_address(settings.address, error);
	if (error)
		return fail(EINVAL, "'%s' is no address of IPv4 or IPv6", settings.address.c_str());
	tcp::endpoint endpoint(address, settings.port);
	for (size_t i = 0; i < threads; i++) {
		auto worker = std::make_unique<Worker>(*server);
		tcp::acceptor *acceptor = &worker->acceptor;
		error = i == 0 ? listen(acceptor, endpoint)
			       : share(acceptor, server->workers.front()->acceptor);
		if (error)
			return failed("listen on port " + std::to_string(settings.port) + " of " +
					      settings.address,
				      error);
		server->workers.push_back(std::move(worker));
	}
	server->signals.emplace(server->workers.front()->context, SIGTERM, SIGINT);
	return HttpsServer(std::move(server));
}

uint16_t HttpsServer::port() const
{
	return server_->workers.front()->acceptor.local_endpoint().port();
}

namespace {

void stop_all(Shared &shared)
{
	for (auto &worker : shared.workers)
		worker->context.stop();
}

// A hub with a thread that accepts nothing would leave some machines waiting: it ends as a whole,
// and whoever watches over it starts it again.
void run_worker(Worker &worker)
{
	try {
		worker.context.run();
		return;
	} catch (const std::exception &exception) {
		worker.failure = exception.what();
	}
	stop_all(*worker.shared);
}

Result<> run_all(Shared &shared)
{
	std::vector<std::jthread> threads;
	try {
		for (auto &worker : shared.workers)
			threads.emplace_back(run_worker, std::ref(*worker));
	} catch (const std::system_error &error) {
		stop_all(shared);
		return fail(error.code().value(), "cannot start %zu threads: %s",
			    shared.workers.size(), error.what());
	}
	return {};
}

}

Result<> HttpsServer::run(std::vector<Site> sites, const Log &log, Site site_for_long)
{
	std::vector<std::unique_ptr<Worker>> &workers = server_->workers;
	if (sites.size() != workers.size())
		return fail(EINVAL, "%zu sites for %zu threads", sites.size(), workers.size());
	server_->site_for_long = std::move(site_for_long);
	server_->signals->async_wait([&](const beast::error_code &, int) { stop_all(*server_); });
	for (size_t i = 0; i < workers.size(); i++) {
		Worker &worker = *workers[i];
		worker.site = std::move(sites[i]);
		worker.log = log;
		asio::co_spawn(worker.context, accept_connections(worker),
			       [](std::exception_ptr failure) {
				       if (failure)
					       std::rethrow_exception(failure);
			       });
	}
	Result<> ran = run_all(*server_);
	// The one that is under way has its request and its answer in a worker.
	server_->long_requests.stop();
	server_->long_requests.join();
	TRY(ran);
	for (const auto &worker : workers)
		if (!worker->failure.empty())
			return fail(EIO, "a thread that serves has failed: %s",
				    worker->failure.c_str());
	return {};
}

}
