// SPDX-License-Identifier: LGPL-2.1-or-later
#define BOOST_BEAST_FILE_BUFFER_SIZE 16384 // bytes: a record of TLS
#include "https.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
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

// A thread with a context of its own: its connections never leave it.
struct Worker {
	Worker(ssl::context &the_tls, const HttpsLimits &the_limits)
	    : tls(&the_tls), limits(&the_limits)
	{
	}

	ssl::context *tls;
	const HttpsLimits *limits;
	asio::io_context context{1};
	tcp::acceptor acceptor{context};
	size_t connections = 0;
	Site site;
	Log log;
};

Request request_of(const http::request<http::string_body> &message)
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
	request.body = message.body();
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

Answer answer_of(const Worker &worker, const Request &request)
{
	try {
		return worker.site.answer(request);
	} catch (const std::exception &exception) {
		worker.log("unexpected, for " + request.path + ": " + exception.what());
	}
	return problem(ProblemKind::internal, "the hub failed; its log says why");
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

// False where the connection is of no more use.
asio::awaitable<bool> send(Stream &stream, Answer answer, bool is_head, bool keep_alive)
{
	if (is_head || size_of(answer) == 0) {
		auto message = header_only(answer, keep_alive);
		co_return co_await write(stream, message);
	}
	if (FileBody *file = std::get_if<FileBody>(&answer.body)) {
		beast::error_code error;
		auto message = with_file(answer, std::move(*file), keep_alive, &error);
		if (error)
			co_return false;
		co_return co_await write(stream, message);
	}
	http::response<http::string_body> message;
	set_header(&message, answer, keep_alive);
	message.body() = std::move(std::get<std::string>(answer.body));
	message.prepare_payload();
	co_return co_await write(stream, message);
}

std::chrono::seconds time_for(const Answer &answer, const HttpsLimits &limits)
{
	return limits.answer + std::chrono::seconds(size_of(answer) / limits.least_rate);
}

// Reads the body after the header has said whose it is: the site allows some more than others.
asio::awaitable<beast::error_code> read_request(Worker &worker, Stream &stream,
						beast::flat_buffer &buffer, Parser &parser)
{
	parser.header_limit(static_cast<uint32_t>(worker.limits->header));
	parser.body_limit(boost::none);
	beast::error_code error;
	beast::get_lowest_layer(stream).expires_after(worker.limits->request);
	co_await http::async_read_header(stream, buffer, parser,
					 asio::redirect_error(asio::use_awaitable, error));
	if (error)
		co_return error;
	size_t limit = body_limit_of(worker, request_of(parser.get()));
	if (parser.content_length().value_or(0) > limit)
		co_return http::make_error_code(http::error::body_limit);
	parser.body_limit(limit);
	if (limit > worker.limits->body)
		beast::get_lowest_layer(stream).expires_after(
			worker.limits->request +
			std::chrono::seconds(parser.content_length().value_or(0) /
					     worker.limits->least_rate));
	co_await http::async_read(stream, buffer, parser,
				  asio::redirect_error(asio::use_awaitable, error));
	co_return error;
}

// One request and its answer. False where the connection ends.
asio::awaitable<bool> serve_request(Worker &worker, Stream &stream, beast::flat_buffer &buffer)
{
	Parser parser;
	beast::error_code error = co_await read_request(worker, stream, buffer, parser);
	if (error) {
		std::optional<Answer> answer = answer_to_unread(error);
		if (answer) {
			beast::get_lowest_layer(stream).expires_after(worker.limits->answer);
			co_await send(stream, std::move(*answer), false, false);
		}
		co_return false;
	}
	bool is_head = parser.get().method() == http::verb::head;
	bool keep_alive = parser.get().keep_alive();
	Answer answer = answer_of(worker, request_of(parser.get()));
	beast::get_lowest_layer(stream).expires_after(time_for(answer, *worker.limits));
	bool is_sent = co_await send(stream, std::move(answer), is_head, keep_alive);
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

asio::awaitable<void> serve_connection(Worker &worker, tcp::socket socket)
{
	Stream stream(std::move(socket), *worker.tls);
	beast::error_code error;
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

// An exception in a coroutine that nobody waits for comes here, or nowhere.
void start_connection(Worker &worker, tcp::socket socket)
{
	worker.connections++;
	asio::co_spawn(worker.context, serve_connection(worker, std::move(socket)),
		       [&worker](std::exception_ptr failure) {
			       worker.connections--;
			       try {
				       if (failure)
					       std::rethrow_exception(failure);
			       } catch (const std::exception &exception) {
				       worker.log(std::string("a connection failed: ") +
						  exception.what());
			       }
		       });
}

// Where file descriptors have run out, they come back as connections end.
asio::awaitable<void> accept_connections(Worker &worker)
{
	constexpr std::chrono::milliseconds pause(100);
	asio::steady_timer timer(worker.context);
	while (worker.acceptor.is_open()) {
		beast::error_code error;
		tcp::socket socket = co_await worker.acceptor.async_accept(
			asio::redirect_error(asio::use_awaitable, error));
		if (!error && worker.connections < worker.limits->connections) {
			start_connection(worker, std::move(socket));
		} else if (error && error != asio::error::operation_aborted &&
			   error != asio::error::connection_aborted) {
			worker.log("cannot accept a connection: " + error.message());
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

// Forward secrecy and authenticated encryption only. A machine that comes again after half an hour
// resumes its session, with any of the threads.
Result<> set_up(ssl::context *tls, const HttpsSettings &settings)
{
	SSL_CTX *context = tls->native_handle();
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_CIPHER_SERVER_PREFERENCE);
	constexpr unsigned char name[] = "klp-hub";
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
	    SSL_CTX_set_session_id_context(context, name, sizeof(name)) != 1 ||
	    SSL_CTX_set_num_tickets(context, 1) != 1)
		return fail(EIO, "OpenSSL does not take the settings of TLS");
	SSL_CTX_set_timeout(context, session_lifetime);
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

struct HttpsServer::Server {
	ssl::context tls{ssl::context::tls_server};
	HttpsLimits limits;
	std::vector<std::unique_ptr<Worker>> workers;
};

HttpsServer::HttpsServer(std::unique_ptr<Server> server) : server_(std::move(server)) {}
HttpsServer::HttpsServer(HttpsServer &&) noexcept = default;
HttpsServer::~HttpsServer() = default;

Result<HttpsServer> HttpsServer::open(const HttpsSettings &settings, size_t threads)
{
	auto server = std::make_unique<Server>();
	server->limits = settings.limits;
	TRY(set_up(&server->tls, settings));
	beast::error_code error;
	asio::ip::address address = asio::ip::make_address(settings.address, error);
	if (error)
		return fail(EINVAL, "'%s' is no address of IPv4 or IPv6", settings.address.c_str());
	tcp::endpoint endpoint(address, settings.port);
	for (size_t i = 0; i < threads; i++) {
		auto worker = std::make_unique<Worker>(server->tls, server->limits);
		tcp::acceptor *acceptor = &worker->acceptor;
		error = i == 0 ? listen(acceptor, endpoint)
			       : share(acceptor, server->workers.front()->acceptor);
		if (error)
			return failed("listen on port " + std::to_string(settings.port) + " of " +
					      settings.address,
				      error);
		server->workers.push_back(std::move(worker));
	}
	return HttpsServer(std::move(server));
}

uint16_t HttpsServer::port() const
{
	return server_->workers.front()->acceptor.local_endpoint().port();
}

Result<> HttpsServer::run(std::vector<Site> sites, const Log &log)
{
	std::vector<std::unique_ptr<Worker>> &workers = server_->workers;
	if (sites.size() != workers.size())
		return fail(EINVAL, "%zu sites for %zu threads", sites.size(), workers.size());
	asio::signal_set signals(workers.front()->context, SIGTERM, SIGINT);
	signals.async_wait([&](const beast::error_code &, int) {
		for (auto &worker : workers)
			worker->context.stop();
	});
	std::vector<std::jthread> threads;
	for (size_t i = 0; i < workers.size(); i++) {
		Worker &worker = *workers[i];
		worker.site = std::move(sites[i]);
		worker.log = log;
		asio::co_spawn(worker.context, accept_connections(worker),
			       [&worker](std::exception_ptr) {
				       worker.log("a thread accepts no more connections");
			       });
		threads.emplace_back([&worker] { worker.context.run(); });
	}
	return {};
}

}
