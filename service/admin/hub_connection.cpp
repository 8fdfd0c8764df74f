// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hub_connection.hpp"
#include "../../cli/command_line.hpp"
#include "../protocol/problem.hpp"
#include "../tuf/keys.hpp"
#include "../tuf/role_names.hpp"

#include <curl/curl.h>

namespace klp::admin {

using protocol::AdminAccess;
using protocol::ProblemKind;
using tuf::Checked;
using tuf::FaultKind;

struct HubConnection::Connection {
	CURL *handle = curl_easy_init();
	char reason[CURL_ERROR_SIZE] = "";

	~Connection() { curl_easy_cleanup(handle); }
};

namespace {

using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

constexpr size_t largest_answer = 4 * 1024 * 1024; // bytes

struct Body {
	std::string bytes;
	size_t limit;
	bool is_endless = false;
};

size_t append_piece(char *piece, size_t, size_t size, void *argument)
{
	Body *body = static_cast<Body *>(argument);
	body->is_endless = size > body->limit - body->bytes.size();
	if (body->is_endless)
		return CURL_WRITEFUNC_ERROR;
	body->bytes.append(piece, size);
	return size;
}

// "sha256//BASE64", as libcurl has it.
std::string pin_option(const std::string &pin)
{
	std::string raw = *tuf::from_hexadecimal(pin);
	unsigned char text[64] = {};
	EVP_EncodeBlock(text, reinterpret_cast<const unsigned char *>(raw.data()),
			static_cast<int>(raw.size()));
	return "sha256//" + std::string(reinterpret_cast<char *>(text));
}

// The certificate of a pinned hub vouches for itself: the pin is all of its name.
void set_trust(CURL *handle, const AdminAccess &access)
{
	if (!access.pin)
		return;
	curl_easy_setopt(handle, CURLOPT_PINNEDPUBLICKEY, pin_option(*access.pin).c_str());
	curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
}

FaultKind kind_of(ProblemKind kind)
{
	switch (kind) {
	case ProblemKind::conflict:
		return FaultKind::rollback;
	case ProblemKind::not_found:
		return FaultKind::not_listed;
	case ProblemKind::too_large:
		return FaultKind::endless;
	case ProblemKind::busy:
	case ProblemKind::internal:
		return FaultKind::unreachable;
	default:
		return FaultKind::mixed;
	}
}

std::unexpected<tuf::Fault> refused(const std::string &url, long status, const std::string &body)
{
	Checked<protocol::Problem> problem = protocol::read<protocol::Problem>(body);
	if (!problem)
		return tuf::refuse(FaultKind::unreachable, "%s: answered %ld, without a reason",
				   url.c_str(), status);
	return tuf::refuse(kind_of(problem->kind), "the hub refuses (%s): %s",
			   protocol::problem_words[static_cast<size_t>(problem->kind)],
			   problem->message.c_str());
}

}

HubConnection::HubConnection(std::unique_ptr<Connection> connection, const AdminAccess &access)
    : connection_(std::move(connection)), access_(access)
{
}

HubConnection::HubConnection(HubConnection &&) noexcept = default;
HubConnection::~HubConnection() = default;

Checked<HubConnection> HubConnection::open(const AdminAccess &access)
{
	auto connection = std::make_unique<Connection>();
	CURL *handle = connection->handle;
	if (!handle)
		return tuf::refuse(FaultKind::local, "libcurl does not start");
	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1000L);
	curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, 60L);
	curl_easy_setopt(handle, CURLOPT_USERAGENT, version_of("klp-admin").c_str());
	curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, connection->reason);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, append_piece);
	set_trust(handle, access);
	return HubConnection(std::move(connection), access);
}

std::string HubConnection::repository() const
{
	return access_.hub + "/repository/";
}

namespace {

// The status of HTTP; refuses where there is no answer.
Checked<long> perform(CURL *handle, const std::string &url, Body *body, const char *reason)
{
	curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, body);
	CURLcode code = curl_easy_perform(handle);
	long status = 0;
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	if (body->is_endless)
		return tuf::refuse(FaultKind::endless, "%s: has more than %zu bytes", url.c_str(),
				   body->limit);
	if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
		return tuf::refuse(FaultKind::unreachable,
				   "%s: the key is not the one of the login; somebody else answers "
				   "there, or the hub has another certificate",
				   url.c_str());
	if (code != CURLE_OK)
		return tuf::refuse(FaultKind::unreachable, "%s: %s", url.c_str(),
				   *reason ? reason : curl_easy_strerror(code));
	return status;
}

}

Checked<std::string> HubConnection::get(const std::string &path, size_t limit)
{
	CURL *handle = connection_->handle;
	std::string bearer = "Authorization: Bearer " + access_.secret, url = access_.hub + path;
	Headers headers(curl_slist_append(nullptr, bearer.c_str()), curl_slist_free_all);
	curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
	Body body = {"", limit};
	Checked<long> status = perform(handle, url, &body, connection_->reason);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
	if (!status)
		return std::unexpected(status.error());
	if (*status != 200)
		return refused(url, *status, body.bytes);
	return std::move(body.bytes);
}

Checked<std::string> HubConnection::post(const std::string &path, const std::string &bytes)
{
	CURL *handle = connection_->handle;
	std::string bearer = "Authorization: Bearer " + access_.secret, url = access_.hub + path;
	Headers headers(curl_slist_append(nullptr, bearer.c_str()), curl_slist_free_all);
	// Without these, libcurl names a type of its own, and waits for a "100 Continue".
	curl_slist_append(headers.get(), "Content-Type: application/octet-stream");
	curl_slist_append(headers.get(), "Expect:");
	curl_easy_setopt(handle, CURLOPT_POST, 1L);
	curl_easy_setopt(handle, CURLOPT_POSTFIELDS, bytes.data());
	curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
			 static_cast<curl_off_t>(bytes.size()));
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
	Body body = {"", largest_answer};
	Checked<long> status = perform(handle, url, &body, connection_->reason);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
	if (!status)
		return std::unexpected(status.error());
	if (*status != 200 && *status != 204)
		return refused(url, *status, body.bytes);
	return std::move(body.bytes);
}

// As anybody: a reader of the repository needs no secret.
Checked<std::string> HubConnection::fetch(const std::string &url, size_t limit)
{
	CURL *handle = connection_->handle;
	curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
	Body body = {"", limit};
	long status = TRY(perform(handle, url, &body, connection_->reason));
	if (status == 404)
		return tuf::refuse(FaultKind::absent, "%s: the hub has no such file", url.c_str());
	if (status != 200)
		return tuf::refuse(FaultKind::unreachable, "%s: the hub answered %ld", url.c_str(),
				   status);
	return std::move(body.bytes);
}

}
