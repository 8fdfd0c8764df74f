// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../connections.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

using namespace klp::hub;
using Place = Connections::Place;

static std::string client(const char *text)
{
	unsigned char bytes[16];
	bool is_v6 = std::string_view(text).find(':') != std::string_view::npos;
	EXPECT_EQ(inet_pton(is_v6 ? AF_INET6 : AF_INET, text, bytes), 1);
	return client_of(std::span(bytes, is_v6 ? 16 : 4));
}

TEST(hub_connections, addresses_that_one_client_can_choose_from_are_one_client)
{
	EXPECT_EQ(client("2001:db8::1"), client("2001:db8::ffff:0:0:2"));
	EXPECT_NE(client("2001:db8::1"), client("2001:db8:0:1::1"));
	EXPECT_EQ(client("::ffff:10.0.0.1"), client("10.0.0.1"));
	EXPECT_NE(client("::ffff:10.0.0.1"), client("::ffff:10.0.0.2"));
	EXPECT_NE(client("10.0.0.1"), client("10.0.0.2"));
}

TEST(hub_connections, a_client_takes_no_more_than_its_share)
{
	Connections connections(3, 2);
	EXPECT_EQ(connections.take("a"), Place::taken);
	EXPECT_EQ(connections.take("a"), Place::taken);
	EXPECT_EQ(connections.take("a"), Place::client_has_enough);
	EXPECT_EQ(connections.take("b"), Place::taken);
	EXPECT_EQ(connections.take("b"), Place::full);
	EXPECT_EQ(connections.take("a"), Place::client_has_enough);
	EXPECT_TRUE(connections.give_back("a"));
	EXPECT_EQ(connections.take("b"), Place::taken);
	EXPECT_TRUE(connections.give_back("b"));
	EXPECT_FALSE(connections.give_back("b"));
	EXPECT_FALSE(connections.give_back("a"));
}
