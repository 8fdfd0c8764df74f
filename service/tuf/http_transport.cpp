// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http_transport.hpp"
#include "keys.hpp"

#include <curl/curl.h>

namespace klp::tuf {

struct HttpTransport::Connection {
	CURL *handle = curl_easy_init();
	char reason[CURL_ERROR_SIZE] = "";

	~Connection() { curl_easy_cleanup(handle); }
};

HttpTransport::HttpTransport(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection))
{
}

HttpTransport::HttpTransport(HttpTransport &&) noexcept = default;
HttpTransport::~HttpTransport() = default;

namespace {

struct Body {
	std::string bytes;
	size_t limit;
	bool is_endless = false;
};

// libcurl calls it for each piece; fewer bytes than size end the transfer.
size_t append_piece(char *piece, size_t, size_t size, void *argument)
{
	Body *body = static_cast<Body *>(argument);
	if (size > body->limit - body->bytes.size()) {
		body->is_endless = true;
		return CURL_WRITEFUNC_ERROR;
	}
	body->bytes.append(piece, size);
	return size;
}

std::unexpected<Fault> refuse_transfer(CURL *handle, CURLcode code, const std::string &url,
				       const char *reason)
{
	curl_off_t connected = 0; // us; 0 where there is no connection
	curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &connected);
	if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
		return refuse(FaultKind::unreachable,
			      "%s: the server's key is not the pinned one; somebody else answers "
			      "there, or the server has another certificate",
			      url.c_str());
	bool is_slow = code == CURLE_OPERATION_TIMEDOUT && connected > 0;
	FaultKind kind = is_slow ? FaultKind::slow : FaultKind::unreachable;
	return refuse(kind, "%s: %s", url.c_str(), *reason ? reason : curl_easy_strerror(code));
}

}

Checked<HttpTransport> HttpTransport::make(Schemes schemes, const Limits &limits,
					   const std::string &user_agent)
{
	auto connection = std::make_unique<Connection>();
	CURL *handle = connection->handle;
	if (!handle)
		return refuse(FaultKind::local, "libcurl does not start");
	const char *protocols = schemes == Schemes::https ? "https" : "http,https";
	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L); // ".." is the server's to judge
	curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(handle, CURLOPT_USERAGENT, user_agent.c_str());
	curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT,
			 static_cast<long>(limits.to_connect.count()));
	curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, limits.least_bytes_per_second);
	curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME,
			 static_cast<long>(limits.below_least.count()));
	curl_easy_setopt(handle, CURLOPT_TIMEOUT, static_cast<long>(limits.in_all.count()));
	curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, connection->reason);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, append_piece);
	return HttpTransport(std::move(connection));
}

// libcurl takes "sha256//" and base64.
static std::optional<std::string> pin_text(const std::string &digits)
{
	std::optional<std::string> bytes = from_hexadecimal(digits);
	if (!bytes || bytes->size() != 32)
		return std::nullopt;
	unsigned char text[45];
	EVP_EncodeBlock(text, reinterpret_cast<const unsigned char *>(bytes->data()), 32);
	return "sha256//" + std::string(reinterpret_cast<const char *>(text));
}

Checked<> HttpTransport::use(const Way &way)
{
	CURL *handle = connection_->handle;
	curl_easy_setopt(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	if (!way.ca.empty())
		curl_easy_setopt(handle, CURLOPT_CAINFO, way.ca.c_str());
	if (!way.proxy.empty())
		curl_easy_setopt(handle, CURLOPT_PROXY, way.proxy.c_str());
	if (!way.no_proxy.empty())
		curl_easy_setopt(handle, CURLOPT_NOPROXY, way.no_proxy.c_str());
	if (way.pin.empty())
		return {};
	std::optional<std::string> pin = pin_text(way.pin);
	if (!pin)
		return refuse(FaultKind::local, "'%s' is no SHA-256 of a key", way.pin.c_str());
	curl_easy_setopt(handle, CURLOPT_PINNEDPUBLICKEY, pin->c_str());
	curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
	return {};
}

namespace {

using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

Headers headers_of(const HttpRequest &request)
{
	curl_slist *list = nullptr;
	if (!request.bearer.empty())
		list = curl_slist_append(list, ("Authorization: Bearer " + request.bearer).c_str());
	if (request.document)
		list = curl_slist_append(list,
					 ("Content-Type: " + std::string(request.type)).c_str());
	return Headers(list, curl_slist_free_all);
}

void set_method(CURL *handle, const HttpRequest &request)
{
	if (!request.document) {
		curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
		return;
	}
	curl_easy_setopt(handle, CURLOPT_POST, 1L);
	curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE,
			 static_cast<long>(request.document->size()));
	curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.document->c_str());
}

}

Checked<HttpAnswer> HttpTransport::ask(const HttpRequest &request)
{
	Body body = {"", request.limit};
	CURL *handle = connection_->handle;
	Headers headers = headers_of(request);
	*connection_->reason = '\0';
	curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
	set_method(handle, request);
	CURLcode code = curl_easy_perform(handle);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
	HttpAnswer answer = {0, std::move(body.bytes), 0};
	curl_off_t retry_after = 0;
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
	curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
	answer.retry_after = retry_after;
	if (code != CURLE_OK && !body.is_endless)
		return refuse_transfer(handle, code, request.url, connection_->reason);
	// A server's page about the error may exceed the limit; the status counts.
	if (body.is_endless && answer.status / 100 == 2)
		return refuse(FaultKind::endless, "%s: has more than %zu bytes",
			      request.url.c_str(), request.limit);
	return answer;
}

Checked<std::string> body_of(const std::string &url, HttpAnswer answer)
{
	if (answer.status == 404 || answer.status == 403) // S3 has 403 for what is not there
		return refuse(FaultKind::absent, "%s: the server has no such file (%ld)",
			      url.c_str(), answer.status);
	if (answer.status != 200)
		return refuse(FaultKind::unreachable, "%s: the server answered %ld", url.c_str(),
			      answer.status);
	return std::move(answer.body);
}

Checked<std::string> HttpTransport::fetch(const std::string &url, size_t limit)
{
	HttpAnswer answer = TRY(ask({url, limit}));
	return body_of(url, std::move(answer));
}

}
