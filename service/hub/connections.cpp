// SPDX-License-Identifier: LGPL-2.1-or-later
#include "connections.hpp"

#include <algorithm>
#include <array>

namespace klp::hub {

std::string client_of(std::span<const unsigned char> address)
{
	constexpr std::array<unsigned char, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	if (address.size() == 16 && std::ranges::equal(address.first(mapped.size()), mapped))
		address = address.subspan(mapped.size());
	else if (address.size() == 16)
		address = address.first(8);
	return std::string(address.begin(), address.end());
}

// A client that has enough is told so first: it may not wait for the places of others.
Connections::Place Connections::take(const std::string &client)
{
	std::lock_guard lock(mutex_);
	auto found = of_client_.find(client);
	if (found != of_client_.end() && found->second >= most_of_client_)
		return Place::client_has_enough;
	if (count_ >= most_)
		return Place::full;
	count_++;
	of_client_[client]++;
	return Place::taken;
}

bool Connections::give_back(const std::string &client)
{
	std::lock_guard lock(mutex_);
	auto found = of_client_.find(client);
	if (--found->second == 0)
		of_client_.erase(found);
	return count_-- == most_;
}

}
