// SPDX-License-Identifier: LGPL-2.1-or-later
#include "packets.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace klp::agent {

// A document of 64 KiB, escaped once more, and what stands beside it.
constexpr size_t largest_packet = 160 * 1024;

tuf::Checked<> send_packet(int socket, std::string_view bytes)
{
	ssize_t sent;
	do
		sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return tuf::refuse(tuf::FaultKind::local, "cannot reach the fetcher: %s",
				   strerror(errno));
	return {};
}

tuf::Checked<std::string> receive_packet(int socket)
{
	std::string packet(largest_packet, '\0');
	ssize_t got;
	do
		got = recv(socket, packet.data(), packet.size(), 0);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return tuf::refuse(tuf::FaultKind::local, "the fetcher ended%s%s",
				   got < 0 ? ": " : "", got < 0 ? strerror(errno) : "");
	packet.resize(got);
	return packet;
}

}
