// SPDX-License-Identifier: LGPL-2.1-or-later
// The process that "klpd --fetch" is.
#include "../../cli/command_line.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/unique_fd.hpp"
#include "../protocol/strict.hpp"
#include "fetcher.hpp"
#include "fetcher_user.hpp"
#include "packets.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>

namespace klp::agent {

using nlohmann::json;
using tuf::FaultKind;
using tuf::HttpTransport;

namespace {

constexpr int socket_fd = 3, spool_fd = 4;

Checked<HttpTransport::Way> read_way(const std::string &packet)
{
	json document = TRY(tuf::read_json("way", packet));
	tuf::Fields fields = TRY(tuf::Fields::of("way", document));
	HttpTransport::Way way;
	way.ca = TRY(fields.text("ca"));
	way.pin = TRY(fields.text("pin"));
	way.proxy = TRY(fields.text("proxy"));
	way.no_proxy = TRY(fields.text("no_proxy"));
	return way;
}

Checked<tuf::HttpRequest> read_request(const std::string &packet)
{
	json document = TRY(tuf::read_json("request", packet));
	tuf::Fields fields = TRY(tuf::Fields::of("request", document));
	tuf::HttpRequest request;
	request.url = TRY(fields.text("url"));
	request.limit = TRY(fields.number("limit", 0));
	request.bearer = TRY(fields.text("bearer"));
	if (fields.has("document"))
		request.document = TRY(fields.text("document"));
	return request;
}

Checked<> spool(const std::string &bytes)
{
	if (unlinkat(spool_fd, answer_name, 0) != 0 && errno != ENOENT)
		return tuf::refuse(FaultKind::local, "cannot remove '%s': %s", answer_name,
				   strerror(errno));
	UniqueFd fd(openat(spool_fd, answer_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
	for (size_t done = 0; fd && done < bytes.size();) {
		ssize_t written = write(fd.get(), bytes.data() + done, bytes.size() - done);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			fd = UniqueFd();
		else
			done += written;
	}
	if (!fd)
		return tuf::refuse(FaultKind::local, "cannot write '%s': %s", answer_name,
				   strerror(errno));
	return {};
}

Checked<json> answer_to(HttpTransport *http, const std::string &packet)
{
	tuf::HttpRequest request = TRY(read_request(packet));
	tuf::HttpAnswer answer = TRY(http->ask(request));
	TRY(spool(answer.body));
	return json{{"status", answer.status}, {"retry_after", answer.retry_after}};
}

Checked<> serve(HttpTransport *http)
{
	for (;;) {
		Checked<std::string> packet = receive_packet(socket_fd);
		if (!packet) // klpd needs no more
			return {};
		Checked<json> answer = answer_to(http, *packet);
		if (!answer)
			answer = json{{"fault", word_of(answer.error().kind)},
				      {"message", answer.error().message}};
		TRY(send_packet(socket_fd, answer->dump()));
	}
}

Checked<> fetch()
{
	TRY(give_up_root(fetcher_user()));
	prctl(PR_SET_PDEATHSIG, SIGKILL); // a change of the user clears it
	HttpTransport http = TRY(HttpTransport::make(HttpTransport::Schemes::https,
						     HttpTransport::Limits(), version_of("klpd")));
	std::string first = TRY(receive_packet(socket_fd));
	HttpTransport::Way way = TRY(read_way(first));
	TRY(http.use(way));
	return serve(&http);
}

}

// A write beyond the limit of files is an error, not a death.
int run_fetcher()
{
	signal(SIGXFSZ, SIG_IGN);
	Checked<> done = fetch();
	if (!done)
		say(stderr, "klpd --fetch: %s\n", done.error().message.c_str());
	return done ? exit_done : exit_failed;
}

}
