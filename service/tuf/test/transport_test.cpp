// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../folder_transport.hpp"
#include "../http_transport.hpp"
#include "test_repository.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>

using namespace klp::tuf;
using namespace klp::tuf::test;

namespace {

// A server on the loopback that gives each connection the same bytes, and keeps the connections
// open or closes them.
class Server {
public:
	Server(std::string answer, bool keep_open)
	    : answer_(std::move(answer)), keep_open_(keep_open)
	{
		listening_ = klp::UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
		sockaddr_in address = {};
		address.sin_family = AF_INET;
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		auto generic = reinterpret_cast<sockaddr *>(&address);
		socklen_t size = sizeof(address);
		if (bind(listening_.get(), generic, size) != 0 ||
		    listen(listening_.get(), 8) != 0 ||
		    getsockname(listening_.get(), generic, &size) != 0)
			abort();
		base_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
		thread_ = std::thread([this] { serve(); });
	}
	~Server()
	{
		shutdown(listening_.get(), SHUT_RDWR);
		thread_.join();
	}

	const std::string &base() const { return base_; }
	// The first lines of the requests. The client has to be done.
	const std::vector<std::string> &requests() const { return requests_; }

private:
	void serve()
	{
		std::vector<klp::UniqueFd> open;
		for (;;) {
			klp::UniqueFd fd(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
			if (!fd)
				return;
			char request[4096];
			ssize_t size = recv(fd.get(), request, sizeof(request), 0);
			std::string text(request, std::max<ssize_t>(size, 0));
			requests_.push_back(text.substr(0, text.find('\r')));
			(void)!send(fd.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
			if (keep_open_)
				open.push_back(std::move(fd));
		}
	}

	std::string answer_, base_;
	bool keep_open_;
	klp::UniqueFd listening_;
	std::vector<std::string> requests_;
	std::thread thread_;
};

HttpTransport transport(const HttpTransport::Limits &limits = {})
{
	return *HttpTransport::make(HttpTransport::Schemes::http_and_https, limits, "klp-tuf-test");
}

std::string answer(const std::string &status, const std::string &body)
{
	return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
	       "\r\n\r\n" + body;
}

// The bytes or the refusal of a fetch of at most 10 bytes, without the server's address.
std::string fetched(const Server &server, HttpTransport transport, const std::string &path = "f")
{
	Checked<std::string> bytes = transport.fetch(server.base() + path, 10);
	std::string text = bytes ? *bytes : said(bytes);
	size_t at = text.find(server.base());
	return at == std::string::npos ? text : text.erase(at, server.base().size());
}

}

TEST(tuf_http, a_file_is_fetched_by_one_request)
{
	Server server(answer("200 OK", "bytes"), false);
	EXPECT_EQ(fetched(server, transport(), "d/../%2Ff?x"), "bytes");
	EXPECT_EQ(server.requests(), (std::vector<std::string>{"GET /d/../%2Ff?x HTTP/1.1"}));
}

TEST(tuf_http, an_answer_says_what_kind_of_fault_it_is)
{
	const std::pair<std::string, std::string> answers[] = {
		{answer("404 Not Found", std::string(100, 'x')),
		 "absent: f: the server has no such file (404)"},
		{answer("403 Forbidden", ""), "absent: f: the server has no such file (403)"},
		{answer("500 Oops", ""), "unreachable: f: the server answered 500"},
		{answer("204 No Content", ""), "unreachable: f: the server answered 204"},
		{"HTTP/1.1 302 Found\r\nLocation: /g\r\nContent-Length: 0\r\n\r\n",
		 "unreachable: f: the server answered 302"},
		{answer("200 OK", "eleven byte"), "endless: f: has more than 10 bytes"},
		{"HTTP/1.0 200 OK\r\n\r\neleven byte", "endless: f: has more than 10 bytes"},
		{"HTTP/1.0 200 OK\r\n\r\nten bytes.", "ten bytes."},
	};
	for (const auto &[bytes, result] : answers) {
		Server server(bytes, false);
		EXPECT_EQ(fetched(server, transport()), result);
		EXPECT_EQ(server.requests().size(), 1u) << "nothing is asked for twice";
	}
}

TEST(tuf_http, a_torn_answer_is_unreachable_and_not_tried_again)
{
	for (const char *bytes : {"", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}) {
		Server server(bytes, false);
		EXPECT_EQ(fetched(server, transport()).find("unreachable: f: "), 0u);
		EXPECT_EQ(server.requests().size(), 1u);
	}
}

// libcurl looks at the rate once a second.
TEST(tuf_http, data_that_trickles_is_slow)
{
	HttpTransport::Limits limits;
	limits.below_least = std::chrono::seconds(1);
	Server server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", true);
	EXPECT_EQ(fetched(server, transport(limits)).find("slow: f: "), 0u);
	limits = {};
	limits.in_all = std::chrono::seconds(1);
	EXPECT_EQ(fetched(server, transport(limits)).find("slow: f: "), 0u);
}

TEST(tuf_http, no_server_is_unreachable)
{
	std::string base;
	{
		Server server("", false);
		base = server.base();
	}
	EXPECT_EQ(said(transport().fetch(base, 10)).find("unreachable: "), 0u);
}

TEST(tuf_http, plain_http_is_refused_unless_it_is_allowed)
{
	Server server(answer("200 OK", "bytes"), false);
	HttpTransport https =
		*HttpTransport::make(HttpTransport::Schemes::https, {}, "klp-tuf-test");
	EXPECT_EQ(fetched(server, std::move(https)),
		  "unreachable: f: Protocol \"http\" not supported or disabled in libcurl");
	EXPECT_EQ(server.requests().size(), 0u);
	EXPECT_EQ(said(transport().fetch("file:///etc/passwd", 10)).find("unreachable: "), 0u);
}

TEST(tuf_folder, a_file_beneath_the_folder_is_fetched)
{
	klp::test::Root root;
	root.write("/r/d/f", "bytes");
	FolderTransport folder = *FolderTransport::open(root.path() + "/r");
	EXPECT_EQ(folder.fetch("folder:d/f", 5).value(), "bytes");
	EXPECT_EQ(said(folder.fetch("folder:d/f", 4)),
		  "endless: folder:d/f: has more than 4 bytes");
	EXPECT_EQ(said(folder.fetch("folder:d/g", 5)),
		  "absent: folder:d/g: No such file or directory");
	EXPECT_EQ(said(folder.fetch("folder:d/f/g", 5)), "absent: folder:d/f/g: Not a directory");
	EXPECT_EQ(said(folder.fetch("http://h/d/f", 5)),
		  "unreachable: http://h/d/f: is no URL of a folder");
}

TEST(tuf_folder, nothing_leads_out_of_the_folder_or_makes_wait)
{
	klp::test::Root root;
	root.write("/secret", "bytes");
	root.folder("/r");
	std::filesystem::create_symlink("../secret", root.path() + "/r/link");
	std::filesystem::create_symlink(".", root.path() + "/r/here");
	ASSERT_EQ(mkfifo((root.path() + "/r/fifo").c_str(), 0600), 0);
	FolderTransport folder = *FolderTransport::open(root.path() + "/r");
	for (const char *url : {"folder:../secret", "folder:link", "folder:here/link",
				"folder:fifo", "folder:.", "folder:/etc/passwd"})
		EXPECT_EQ(said(folder.fetch(url, 5)).find("unreachable: "), 0u) << url;
}
