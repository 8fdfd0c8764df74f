// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../cli/command_line.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "https.hpp"
#include "hub_folder.hpp"
#include "publication.hpp"
#include "routes.hpp"
#include "serving.hpp"
#include "verbs.hpp"

#include <charconv>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <ctime>
#include <sys/resource.h>
#include <thread>

using namespace klp;
using namespace klp::hub;

namespace {

// A thread that waits for the database's lock serves nobody meanwhile. Machines come again later.
constexpr std::chrono::milliseconds longest_wait(250);

constexpr int64_t interval = 1800; // seconds between two check-ins of a machine

// One line of JSON on stderr. Any thread calls it: a line is one write.
void log_line(const char *level, const std::string &message)
{
	nlohmann::ordered_json line = {
		{"time", time(nullptr)}, {"level", level}, {"message", message}};
	constexpr bool only_ascii = true; // which no terminal obeys
	say_as_is(stderr,
		  line.dump(-1, ' ', only_ascii, nlohmann::json::error_handler_t::replace) + "\n");
}

void log_error(const std::string &message)
{
	log_line("error", message);
}

// "ADDRESS:PORT", "[ADDRESS]:PORT"; HttpsServer checks the address.
Result<HttpsSettings> settings_of(const Serving &words, const HubFolder &folder)
{
	size_t colon = words.listen.rfind(':');
	HttpsSettings settings = {words.listen.substr(0, colon), 0, folder.certificate(),
				  folder.key(), words.limits};
	std::string &address = settings.address;
	if (address.starts_with('[') && address.ends_with(']'))
		address = address.substr(1, address.size() - 2);
	const char *end = words.listen.data() + words.listen.size();
	const char *start = colon == std::string::npos ? end : words.listen.data() + colon + 1;
	auto [stop, error] = std::from_chars(start, end, settings.port);
	if (error != std::errc() || stop != end)
		return fail(EINVAL, "'%s' is not ADDRESS:PORT, the port from 0 to 65535",
			    words.listen.c_str());
	return settings;
}

// A connection to the database belongs to one thread. std::function copies what it holds, and a
// Database is not copied.
Result<Site> make_site(const HubFolder &folder, const StaticFiles &repository,
		       Publication *publication, std::chrono::milliseconds patience)
{
	store::Database opened = TRY(folder.open_database(patience));
	auto database = std::make_shared<store::Database>(std::move(opened));
	auto context = [database, publication] {
		return Context{database.get(), time(nullptr), interval, publication};
	};
	return Site{[context, &repository](const Request &request) {
			    return answer_to(request, context(), repository, log_error);
		    },
		    [context](const Request &request) {
			    return body_limit_of(request, context(), log_error);
		    },
		    is_of_person};
}

void renew(Publication *publication)
{
	tuf::Checked<> renewed = publication->renew(time(nullptr));
	if (!renewed)
		log_error("cannot sign what is due: " + renewed.error().message);
}

// Signs what is due until it is told to stop.
void renew_until(std::stop_token stop, Publication *publication)
{
	constexpr std::chrono::minutes pause(5);
	std::mutex mutex;
	std::condition_variable_any changed;
	std::unique_lock lock(mutex);
	while (!changed.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); }))
		renew(publication);
}

// Each connection has a descriptor. The soft limit, often 1024, is for programs that use select().
Result<> raise_limit_of_descriptors()
{
	rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return fail(errno, "cannot read the limit of descriptors: %s", strerror(errno));
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return fail(errno, "cannot raise the limit of descriptors: %s", strerror(errno));
	return {};
}

}

void klp::hub::add_options(CommandLine *app, Serving *words)
{
	app->add_option("--listen", words->listen,
			"ADDRESS:PORT to listen on; port 0 takes a free one")
		->type_name("WHERE")
		->capture_default_str();
	app->add_option("--threads", words->threads, "threads that serve")
		->type_name("N")
		->check(number_between(1, 64, "threads"))
		->capture_default_str();
	app->add_option("--connections", words->limits.connections,
			"connections at once; further ones wait")
		->type_name("N")
		->check(number_between(1, 100'000, "connections"))
		->capture_default_str();
	app->add_option("--connections-of-client", words->limits.connections_of_client,
			"connections of one IPv4 address, or of one /64 of IPv6; further ones are "
			"closed")
		->type_name("N")
		->check(number_between(1, 100'000, "connections"))
		->capture_default_str();
}

tuf::Checked<> klp::hub::serve(const Serving &words, const std::function<void(uint16_t)> &told)
{
	// A log that nobody reads any more is no reason to leave machines alone.
	signal(SIGPIPE, SIG_IGN);
	TRY(raise_limit_of_descriptors());
	HubFolder folder(words.folder);
	HttpsSettings settings = TRY(settings_of(words, folder));
	// With more patience than a request has: tables of an earlier version are changed here.
	TRY(folder.open_database());
	StaticFiles repository = TRY(StaticFiles::open(folder.repository()));
	std::unique_ptr<Publication> publication = TRY(Publication::open(folder, log_error));
	std::vector<Site> sites;
	for (unsigned i = 0; i < words.threads; i++) {
		Site site = TRY(make_site(folder, repository, publication.get(), longest_wait));
		sites.push_back(std::move(site));
	}
	Site site_for_people =
		TRY(make_site(folder, repository, publication.get(), store::Database::patient));
	HttpsServer server = TRY(HttpsServer::open(settings, sites.size()));
	// What a hub that died had accepted appears before anybody can ask.
	renew(publication.get());
	std::jthread renewing(renew_until, publication.get());
	log_line("info", "serves on port " + std::to_string(server.port()));
	told(server.port());
	TRY(server.run(std::move(sites), log_error, std::move(site_for_people)));
	log_line("info", "ends");
	return {};
}

int run_serve(int argc, char **argv)
{
	Serving words;
	CommandLine app("Serve machines until SIGTERM.", "klp-hub serve");
	app.add_option("DIR", words.folder, "the hub's folder")->required();
	add_options(&app, &words);
	int status;
	if (app.parse_failed(argc, argv, &status))
		return status;
	tuf::Checked<> served = serve(words, [](uint16_t) {});
	if (served)
		return exit_done;
	say(stderr, "klp-hub serve: %s\n", served.error().message.c_str());
	return exit_failed;
}
