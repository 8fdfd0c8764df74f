// SPDX-License-Identifier: LGPL-2.1-or-later
// The packets between klpd and its fetcher, over a pair of sockets of the kind SOCK_SEQPACKET.
#pragma once

#include "../tuf/fault.hpp"

#include <string_view>

namespace klp::agent {

constexpr const char *answer_name = "answer"; // in the spool: the body of the last answer

// local if the other side is gone.
tuf::Checked<> send_packet(int socket, std::string_view bytes);
tuf::Checked<std::string> receive_packet(int socket);

}
