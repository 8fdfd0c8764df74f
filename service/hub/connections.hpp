// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <span>
#include <string>

namespace klp::hub {

// The client that has an address, of 4 or 16 bytes. A client of IPv6 usually has the choice of 2^64
// addresses, so all with the first 64 bits in common are one. An address of IPv4 is one, also where
// IPv6 has it mapped.
std::string client_of(std::span<const unsigned char> address);

// Counts the connections of all threads, and those of each client: one client does not take the
// place of all others. Safe for several threads.
class Connections {
public:
	Connections(size_t most, size_t most_of_client)
	    : most_(most), most_of_client_(most_of_client)
	{
	}

	enum class Place { taken, full, client_has_enough };
	Place take(const std::string &client);

	// Gives back what take() took. True if all were taken: somebody may wait.
	bool give_back(const std::string &client);

private:
	const size_t most_, most_of_client_;
	std::mutex mutex_;
	size_t count_ = 0;
	std::map<std::string, size_t> of_client_; // without those that have none
};

}
