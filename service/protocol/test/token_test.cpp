// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../tuf/test/test_said.hpp"
#include "../admin_access.hpp"
#include "../base64url.hpp"
#include "../token.hpp"
#include "examples.hpp"

#include <gtest/gtest.h>

using namespace klp::protocol;
using klp::tuf::test::said;

static Token example()
{
	return *Token::parse(test::token());
}

TEST(protocol_token, is_one_word_with_all_of_it)
{
	std::string text = example().text();
	EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-_."),
		  std::string::npos);
	EXPECT_EQ(*Token::from_text(text), example());
	Token without_pin = example();
	without_pin.pin.reset();
	EXPECT_EQ(*Token::from_text(without_pin.text()), without_pin);
}

TEST(protocol_token, one_that_was_copied_in_part_or_with_a_slip_is_damaged)
{
	std::string text = example().text();
	for (size_t size = 5; size < text.size(); size++)
		EXPECT_EQ(said(Token::from_text(text.substr(0, size))),
			  "malformed: the token is damaged; copy all of it, in one line");
	for (size_t i = 5; i < text.size(); i++) {
		std::string slip = text;
		slip[i] = slip[i] == 'A' ? 'B' : 'A';
		EXPECT_EQ(said(Token::from_text(slip)),
			  "malformed: the token is damaged; copy all of it, in one line");
	}
	EXPECT_EQ(said(Token::from_text("C12ABC")), "malformed: a token begins with 'klp1.'");
}

TEST(protocol_token, a_hub_is_reached_by_https_at_its_root)
{
	for (const char *address :
	     {"https://hub.example", "https://hub.example:8443", "https://10.0.2.2:1",
	      "https://[::1]", "https://[fe80::1]:65535", "https://[::]",
	      "https://[::ffff:1.2.3.4]", "https://1.hub-2.example"})
		EXPECT_TRUE(is_hub_address(address)) << address;
	for (const char *address : {"",
				    "http://hub.example",
				    "https://",
				    "https://hub.example/",
				    "https://hub.example?a",
				    "https://user@hub.example",
				    "https://hub.example:",
				    "https://hub.example:0",
				    "https://hub.example:65536",
				    "https://hub.example:+1",
				    "https://hub.example:01",
				    "https://[::1",
				    "https://[::1]x",
				    "https://[]",
				    "https://-hub",
				    "https://a b",
				    "https://[1:2]",
				    "https://[:::]",
				    "https://[1.2.3.4]",
				    "https://[fe80::1%eth0]",
				    "https://a..b",
				    "https://a-",
				    "https://a-.b",
				    "https://a.-b",
				    "https://a.",
				    "https://.a",
				    "https://999.1.1.1",
				    "https://1.2.3",
				    "https://h.1"})
		EXPECT_FALSE(is_hub_address(address)) << address;
}

TEST(protocol_token, secrets_are_new_each_time_and_stored_as_a_hash)
{
	std::string one = *new_secret(), other = *new_secret();
	EXPECT_NE(one, other);
	EXPECT_TRUE(is_secret(one));
	EXPECT_FALSE(is_secret(one.substr(1)));
	EXPECT_FALSE(is_secret(std::string(secret_letters, '.')));
	EXPECT_EQ(new_id()->size(), 32u);
	EXPECT_EQ(hash_of_secret("abc"),
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// Whoever reads it before a login sees the hub's address.
TEST(protocol_login_string, sends_nobody_elsewhere)
{
	AdminAccess access = *AdminAccess::parse(test::access());
	access.reach.reset();
	EXPECT_EQ(*AdminAccess::from_text(access.text()), access);
	access.reach = "https://thief.example";
	EXPECT_TRUE(
		said(AdminAccess::from_text(access.text()))
			.starts_with("malformed: the login string says where to reach the hub"));
}

TEST(protocol_base64url, each_sequence_of_bytes_has_one_text)
{
	// RFC 4648, section 10, without the padding.
	const std::pair<std::string, std::string> pairs[] = {{"", ""},
							     {"f", "Zg"},
							     {"fo", "Zm8"},
							     {"foo", "Zm9v"},
							     {"foob", "Zm9vYg"},
							     {"fooba", "Zm9vYmE"},
							     {"foobar", "Zm9vYmFy"},
							     {"\xfb\xff", "-_8"}};
	for (const auto &[bytes, text] : pairs) {
		EXPECT_EQ(base64url(bytes), text);
		EXPECT_EQ(from_base64url(text), bytes);
	}
	for (const char *text : {"Z", "Zh", "Zm9", "Zg==", "Z+8", "Z g", "Zm9vY"})
		EXPECT_EQ(from_base64url(text), std::nullopt) << text;
}
