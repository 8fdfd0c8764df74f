// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../tuf/test/test_said.hpp"
#include "../settings.hpp"

#include <gtest/gtest.h>

using namespace klp::agent;
using klp::tuf::test::said;

TEST(agent_settings, each_is_read)
{
	Checked<Settings> settings =
		Settings::parse("agent.conf", "# policy\n"
					      "interval = 15\n"
					      "proxy=socks5://p:1080\n"
					      "no-proxy = localhost\n"
					      "ca = /etc/klp/ca.pem\n"
					      "tier = edge\n"
					      "apply = ask\n"
					      "probation = 0\n"
					      "mode = no-apply\n"
					      "host-name = no\n"
					      "\ttags = role=db site=north-2\n");
	ASSERT_EQ(said(settings), "no fault");
	EXPECT_EQ(settings->interval, 900);
	EXPECT_EQ(settings->proxy, "socks5://p:1080");
	EXPECT_EQ(settings->no_proxy, "localhost");
	EXPECT_EQ(settings->ca, "/etc/klp/ca.pem");
	EXPECT_EQ(settings->tier, "edge");
	EXPECT_TRUE(settings->asks_first);
	EXPECT_EQ(settings->probation, 0);
	EXPECT_EQ(settings->mode, Mode::no_apply);
	EXPECT_FALSE(settings->tells_host_name);
	EXPECT_EQ(settings->tags,
		  (std::map<std::string, std::string>{{"role", "db"}, {"site", "north-2"}}));
}

TEST(agent_settings, what_is_not_known_is_refused_by_name)
{
	auto refusal = [](const std::string &text) { return said(Settings::parse("c", text)); };
	EXPECT_EQ(refusal("\ninterwal = 5\n"),
		  "malformed: c:2: 'interwal' is not known; klp-agent.conf(5) has the settings");
	EXPECT_EQ(refusal("tier\n"), "malformed: c:1: 'tier' is not KEY = VALUE");
	EXPECT_EQ(refusal("tier = a\ntier = b\n"), "malformed: c:2: 'tier' stands in line 1, too");
	EXPECT_EQ(refusal("interval = 0"),
		  "malformed: c:1: '0' is not a number of minutes from 1 to 10080");
	EXPECT_EQ(refusal("interval = 5m"),
		  "malformed: c:1: '5m' is not a number of minutes from 1 to 10080");
	EXPECT_EQ(
		refusal("proxy = p:1080"),
		"malformed: c:1: 'p:1080' is not http://, https://, socks5:// or socks5h:// and a "
		"host");
	EXPECT_EQ(refusal("ca = ca.pem"), "malformed: c:1: 'ca.pem' is not an absolute path");
	EXPECT_EQ(refusal("apply = never"), "malformed: c:1: 'never' is not ask or automatic");
	EXPECT_EQ(refusal("tags = db"),
		  "malformed: c:1: 'db' is not NAME=VALUE, of letters, digits and ._+-");
	EXPECT_EQ(refusal("tier = ../x"), "malformed: c:1: '../x' is not the name of a tier");
}

TEST(agent_settings, the_command_line_of_the_kernel_has_a_mode)
{
	EXPECT_EQ(*mode_of_command_line("quiet ro"), std::nullopt);
	EXPECT_EQ(*mode_of_command_line("quiet klp.mode=no-refresh ro"), Mode::no_refresh);
	EXPECT_EQ(said(mode_of_command_line("klp.mode=stop")),
		  "malformed: 'stop' is not normal, no-apply, no-refresh or off");
}
