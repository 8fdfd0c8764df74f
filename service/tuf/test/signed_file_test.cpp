// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../signed_file.hpp"
#include "../signing_key.hpp"
#include "test_said.hpp"

#include <gtest/gtest.h>

using namespace klp::tuf;
using namespace klp::tuf::test;
using nlohmann::json;

namespace {

struct Signers {
	SigningKey first = *SigningKey::make(SigningKey::Kind::ed25519);
	SigningKey second = *SigningKey::make(SigningKey::Kind::ecdsa_p256);
	Keys keys;

	Signers()
	{
		keys.emplace(first.keyid(), PublicKey::parse(first.public_key()));
		keys.emplace(second.keyid(), PublicKey::parse(second.public_key()));
	}

	std::string verified(const std::string &bytes, std::vector<std::string> keyids,
			     int64_t threshold) const
	{
		Role role = {std::move(keyids), threshold};
		Checked<SignedFile> file = SignedFile::parse("f", bytes);
		return file ? said(file->verify({&keys, &role})) : said(file);
	}
};

const json content = {{"_type", "x"}, {"a", {{"b", 1}}}};

}

TEST(tuf_signed_file, a_threshold_counts_keys)
{
	Signers of;
	std::string one = *sign(content, std::vector{&of.first});
	std::string two = *sign(content, std::vector{&of.first, &of.second});
	std::vector<std::string> both = {of.first.keyid(), of.second.keyid()};
	EXPECT_EQ(of.verified(one, both, 1), "no fault");
	EXPECT_EQ(of.verified(two, both, 2), "no fault");
	EXPECT_EQ(of.verified(one, both, 2),
		  "unsigned: f: signed by 1 of the role's keys; 2 must sign");
	EXPECT_EQ(of.verified(two, {of.first.keyid(), of.first.keyid()}, 2),
		  "unsigned: f: signed by 1 of the role's keys; 2 must sign");
	EXPECT_EQ(of.verified(one, {of.second.keyid()}, 1),
		  "unsigned: f: signed by 0 of the role's keys; 1 must sign");
}

TEST(tuf_signed_file, one_key_under_two_keyids_counts_once)
{
	Signers of;
	of.keys.emplace("alias", PublicKey::parse(of.first.public_key()));
	json file = json::parse(*sign(content, std::vector{&of.first}));
	json alias = file["signatures"][0];
	alias["keyid"] = "alias";
	file["signatures"].push_back(alias);
	EXPECT_EQ(of.verified(file.dump(), {of.first.keyid(), "alias"}, 2),
		  "unsigned: f: signed by 1 of the role's keys; 2 must sign");
	EXPECT_EQ(of.verified(file.dump(), {"alias"}, 1), "no fault");
}

TEST(tuf_signed_file, two_signatures_of_one_keyid_are_refused)
{
	Signers of;
	json file = json::parse(*sign(content, std::vector{&of.first, &of.first}));
	EXPECT_EQ(of.verified(file.dump(), {of.first.keyid()}, 1),
		  "malformed: f: two signatures have the keyid '" + of.first.keyid() + "'");
}

TEST(tuf_signed_file, signatures_that_are_wrong_or_foreign_count_nothing)
{
	Signers of;
	json file = json::parse(*sign(content, std::vector{&of.first, &of.second}));
	std::vector<std::string> both = {of.first.keyid(), of.second.keyid()};
	for (const char *signature : {"", "00", "xyz", "0"}) {
		file["signatures"][1]["sig"] = signature;
		EXPECT_EQ(of.verified(file.dump(), both, 1), "no fault");
		EXPECT_EQ(of.verified(file.dump(), both, 2),
			  "unsigned: f: signed by 1 of the role's keys; 2 must sign");
	}
	file["signatures"][1]["keyid"] = "nobody's";
	EXPECT_EQ(of.verified(file.dump(), {of.first.keyid(), "nobody's"}, 1), "no fault");
}

TEST(tuf_signed_file, another_layout_is_the_same_content)
{
	Signers of;
	json file = json::parse(*sign(content, std::vector{&of.first}));
	EXPECT_EQ(of.verified(file.dump(8) + "\n", {of.first.keyid()}, 1), "no fault");
	file["signed"]["a"]["b"] = 2;
	EXPECT_NE(of.verified(file.dump(), {of.first.keyid()}, 1), "no fault");
}

TEST(tuf_signed_file, a_signature_joins_those_that_are_there)
{
	Signers of;
	std::string file = *sign(content, std::vector{&of.first});
	for (int i = 0; i < 2; i++)
		file = *add_signature("f", file, of.second);
	EXPECT_EQ(of.verified(file, {of.first.keyid(), of.second.keyid()}, 2), "no fault");
	EXPECT_EQ(said(add_signature("f", "{}", of.second)), "malformed: f: no 'signatures'");
}

TEST(tuf_signed_file, another_shape_is_refused)
{
	Signers of;
	const std::pair<const char *, const char *> files[] = {
		{"[]", "f: is no object"},
		{"{\"signed\": {}}", "f: no 'signatures'"},
		{"{\"signatures\": []}", "f: no 'signed'"},
		{"{\"signatures\": {}, \"signed\": {}}", "f: 'signatures' is not a list"},
		{"{\"signatures\": [1], \"signed\": {}}", "f: signatures: is no object"},
		{"{\"signatures\": [{\"keyid\": \"a\"}], \"signed\": {}}",
		 "f: signatures: no 'sig'"},
		{"{\"signatures\": [], \"signed\": []}", "f: signed: is no object"},
	};
	for (const auto &[file, refusal] : files)
		EXPECT_EQ(of.verified(file, {}, 1), std::string("malformed: ") + refusal) << file;
}
