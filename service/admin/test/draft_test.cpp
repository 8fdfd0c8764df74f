// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../../libklp/file.hpp"
#include "../../protocol/test/examples.hpp"
#include "../../tuf/test/test_said.hpp"
#include "../ceremony.hpp"
#include "../draft.hpp"

#include <filesystem>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::admin;
using klp::tuf::test::said;
using nlohmann::json;
using protocol::Upload;

namespace {

constexpr int64_t now = 1'790'000'000;

class Draft : public testing::Test {
protected:
	void SetUp() override { std::filesystem::remove_all(path_); }
	void TearDown() override { std::filesystem::remove_all(path_); }

	std::string hold(const Ceremony &ceremony)
	{
		return said(hold_ceremony(path_, hub_, ceremony, now));
	}
	Upload first()
	{
		return *protocol::read<Upload>(*read_text(station_.drafts() + "/first.json"));
	}
	tuf::Root root()
	{
		return *tuf::Root::parse(
			*tuf::SignedFile::parse("root.json", station_.root()->bytes));
	}

	protocol::HubFacts hub_ = *protocol::HubFacts::parse(protocol::test::hub_facts());
	std::string path_ = testing::TempDir() + "/klp-draft";
	Workstation station_{path_};
};

}

TEST_F(Draft, the_ceremony_signs_all_that_a_repository_begins_with)
{
	ASSERT_EQ(hold({}), "no fault");
	tuf::Root trusted = root();
	EXPECT_TRUE(missing_signatures(first(), {&trusted, nullptr})->empty());
	EXPECT_EQ(trusted.roles.at("root").threshold, 2);
	EXPECT_EQ(trusted.roles.at("root").keyids.size(), 3u);
	EXPECT_FALSE(station_.root()->is_trial);
	EXPECT_EQ(station_.signing_keys(nullptr)->size(), 8u);
}

TEST_F(Draft, a_threshold_that_nobody_can_meet_is_refused)
{
	EXPECT_TRUE(hold({.holders = 2, .threshold = 3}).starts_with("local: 3 of 2 holders"));
	EXPECT_TRUE(hold({.publisher_threshold = 0}).starts_with("local: 0 of 1 publishers"));
	EXPECT_FALSE(exists(path_));
}

TEST_F(Draft, a_key_that_is_missing_is_said_and_can_sign_later)
{
	ASSERT_EQ(hold({.publishers = 2, .publisher_threshold = 2}), "no fault");
	tuf::Root trusted = root();
	Upload upload = first();
	json content =
		tuf::SignedFile::parse("releases.json", upload.files[2].bytes)->content().value();
	content["version"] = 2;
	upload.files[2].bytes = *tuf::sign(content, {});
	EXPECT_EQ(*missing_signatures(upload, {&trusted, nullptr}),
		  std::vector<std::string>{
			  "releases.json: signed by 0 of the role's keys; 2 must sign"});
	std::vector<tuf::SigningKey> keys = *station_.signing_keys(nullptr);
	ASSERT_EQ(said(sign_with(&upload, keys, {&trusted, nullptr})), "no fault");
	EXPECT_TRUE(missing_signatures(upload, {&trusted, nullptr})->empty());
	EXPECT_TRUE(said(sign_with(&upload, {}, {&trusted, nullptr}))
			    .starts_with("local: no key in keys/ may sign this"));
}

// Somebody else made it.
TEST_F(Draft, a_draft_that_is_no_metadata_is_refused_before_it_is_shown)
{
	ASSERT_EQ(hold({}), "no fault");
	Upload upload = first();
	EXPECT_EQ(said(check_form(upload)), "no fault");
	for (size_t i : {0, 2}) {
		Upload other = first();
		json content = tuf::SignedFile::parse("f", other.files[i].bytes)->content().value();
		content[i == 0 ? "roles" : "targets"] = {{"x", {{"length", 1}}}};
		other.files[i].bytes = *tuf::sign(content, {});
		EXPECT_TRUE(said(check_form(other))
				    .starts_with("malformed: " + other.files[i].role + ".json: "));
	}
}

// The ids are all that a holder sees of the keys.
TEST_F(Draft, a_key_under_the_id_of_another_is_refused)
{
	ASSERT_EQ(hold({}), "no fault");
	const json thief = tuf::SigningKey::make(tuf::SigningKey::Kind::ed25519)->public_key();
	for (size_t i : {0, 1}) {
		Upload other = first();
		json content = tuf::SignedFile::parse("f", other.files[i].bytes)->content().value();
		json &keys = i == 0 ? content["keys"] : content["delegations"]["keys"];
		const std::string keyid = keys.begin().key();
		keys[keyid] = thief;
		other.files[i].bytes = *tuf::sign(content, {});
		EXPECT_TRUE(said(check_form(other))
				    .starts_with("mixed: " + other.files[i].role +
						 ".json: lists under the id '" + keyid + "'"));
	}
}

TEST_F(Draft, encrypted_keys_need_their_passphrase)
{
	ASSERT_EQ(hold({.passphrase = "correct horse"}), "no fault");
	auto answer = [](std::string text) {
		return [text]() -> Checked<std::string> { return text; };
	};
	EXPECT_EQ(station_.signing_keys(answer("correct horse"))->size(), 8u);
	EXPECT_TRUE(said(station_.signing_keys(answer("wrong"))).find("passphrase is another") !=
		    std::string::npos);
	EXPECT_TRUE(said(station_.signing_keys(answer(""))).find("passphrase is another") !=
		    std::string::npos);
}

TEST(admin_difference, names_what_changes)
{
	json before = {{"version", 1}, {"expires", "a"}, {"targets", {{"gone", {}}, {"same", 1}}}};
	json after = before;
	after["version"] = 2;
	after["targets"].erase("gone");
	after["targets"]["new"] = {
		{"length", 5}, {"hashes", {{"sha256", "ab"}}}, {"custom", {{"version", 3}}}};
	EXPECT_EQ(differences("releases", before, after),
		  (std::vector<std::string>{"releases.json: version 1 → 2, expires a",
					    "+ new: 5 bytes, sha256 ab, version 3", "- gone"}));
}

TEST(admin_difference, names_what_changes_in_a_document)
{
	json before = {{"version", 1}, {"list", {{{"sha256", "a"}}, {{"sha256", "b"}}}}};
	json after = {
		{"version", 1}, {"list", {{{"sha256", "b"}}, {{"sha256", "b"}}}}, {"more", 2}};
	EXPECT_EQ(document_differences(before, after),
		  (std::vector<std::string>{"~   /list/0/sha256: \"b\"", "+   /more: 2"}));
	EXPECT_EQ(document_differences(json::object(), {{"version", 1}}),
		  std::vector<std::string>{"+   /version: 1"});
}
