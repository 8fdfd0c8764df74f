// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http_transport.hpp"

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

Checked<std::string> HttpTransport::fetch(const std::string &url, size_t limit)
{
	Body body = {"", limit};
	CURL *handle = connection_->handle;
	*connection_->reason = '\0';
	curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
	CURLcode code = curl_easy_perform(handle);
	long status = 0;
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	// A server's page about the error may exceed the limit; the status counts.
	bool has_answer = code == CURLE_OK || body.is_endless;
	if (has_answer && (status == 404 || status == 403)) // S3 has 403 for what is not there
		return refuse(FaultKind::absent, "%s: the server has no such file (%ld)",
			      url.c_str(), status);
	if (has_answer && status != 200)
		return refuse(FaultKind::unreachable, "%s: the server answered %ld", url.c_str(),
			      status);
	if (body.is_endless)
		return refuse(FaultKind::endless, "%s: has more than %zu bytes", url.c_str(),
			      limit);
	if (code != CURLE_OK)
		return refuse_transfer(handle, code, url, connection_->reason);
	return std::move(body.bytes);
}

}
