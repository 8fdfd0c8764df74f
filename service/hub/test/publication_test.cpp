// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../../libklp/file.hpp"
#include "../../admin/ceremony.hpp"
#include "../../protocol/issued.hpp"
#include "../../protocol/roles.hpp"
#include "../../protocol/test/examples.hpp"
#include "../../tuf/test/test_said.hpp"
#include "../offer_changes.hpp"

#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>

using namespace klp;
using namespace klp::hub;
using klp::tuf::test::said;
using nlohmann::json;
using protocol::Upload;

namespace {

constexpr int64_t now = 1'790'000'000, hour = 3600;

tuf::Checked<> go_on()
{
	return {};
}

void tell_nobody(const std::string &) {}

// A hub's folder, and the ceremony's beside it.
class PublicationTest : public testing::Test {
protected:
	void SetUp() override
	{
		std::filesystem::remove_all(top_);
		std::filesystem::create_directory(top_);
		protocol::HubFacts facts =
			*HubFolder::make(folder_.path(), "https://hub.example", now);
		admin::Ceremony ceremony;
		ASSERT_EQ(said(admin::hold_ceremony(station_.path(), facts, ceremony, now)),
			  "no fault");
		first_ = *protocol::read<Upload>(*read_text(station_.drafts() + "/first.json"));
		publication_ = *Publication::open(folder_, tell_nobody);
	}
	void TearDown() override { std::filesystem::remove_all(top_); }

	int64_t version_of(const std::string &role)
	{
		return *version_in(*read_state(*tuf::RepositoryWriter::open(folder_.repository())),
				   role);
	}
	// Releases with the next version, signed by the publisher.
	Upload next_releases(const std::function<void(json *)> &edit = [](json *) {})
	{
		json content =
			tuf::targets_content(version_of("releases") + 1, now + 100 * hour, {});
		edit(&content);
		return {{{"releases", signed_by_all(content)}}};
	}
	std::string signed_by_all(const json &content)
	{
		std::vector<tuf::SigningKey> keys = *station_.signing_keys(nullptr);
		std::vector<const tuf::SigningKey *> signers;
		for (const tuf::SigningKey &key : keys)
			signers.push_back(&key);
		return *tuf::sign(content, signers);
	}
	// A root and targets that name these online keys.
	Upload rotation_to(const protocol::HubFacts &facts)
	{
		const std::map<std::string, json> online = {{"snapshot", facts.snapshot},
							    {"timestamp", facts.timestamp},
							    {"tiers", facts.tiers}};
		Upload upload;
		for (const char *name : {"root", "targets"}) {
			json content = json::parse(state()[name])["signed"];
			content["version"] = content["version"].get<int64_t>() + 1;
			json &owner = content.contains("roles") ? content : content["delegations"];
			for (auto &[key, role] : owner["roles"].items()) {
				auto found = online.find(role.value("name", key));
				if (found == online.end())
					continue;
				std::string keyid = tuf::keyid_of(found->second);
				role["keyids"] = {keyid};
				owner["keys"][keyid] = found->second;
			}
			upload.files.push_back({name, signed_by_all(content)});
		}
		return upload;
	}
	RepositoryState state()
	{
		return *read_state(*tuf::RepositoryWriter::open(folder_.repository()));
	}
	// Makes new online keys, and their root and targets.
	Upload renewed_keys()
	{
		protocol::HubFacts facts = *folder_.facts();
		EXPECT_EQ(said(make_online_keys(folder_.path() + "/keys", &facts)), "no fault");
		return rotation_to(facts);
	}
	// The hub has accepted the upload, and died with these files of the next state published.
	void die_after(const Upload &upload, const std::string &accepted,
		       const std::vector<std::string> &names)
	{
		const std::string copy = top_ + "/copy";
		std::filesystem::copy(folder_.path(), copy,
				      std::filesystem::copy_options::recursive);
		ASSERT_EQ(said(publication_->upload(upload, now + 1, go_on)), "no fault");
		for (const std::string &name : names)
			std::filesystem::copy(folder_.repository() + "/metadata/" + name,
					      copy + "/repository/metadata/" + name);
		ASSERT_TRUE(tuf::DurableFolder::open(copy)->replace("accepted.json", accepted));
		folder_ = HubFolder(copy);
		publication_ = *Publication::open(folder_, tell_nobody);
	}
	// What a client with the first root reads.
	std::string read_by_client()
	{
		RepositoryState first;
		first["root"] = first_.files.front().bytes;
		return said(verify_state(first, state(), now + 10));
	}

	std::string top_ = testing::TempDir() + "/klp-publication";
	HubFolder folder_{top_ + "/hub"};
	admin::Workstation station_{top_ + "/admin"};
	Upload first_;
	std::unique_ptr<Publication> publication_;
};

}

TEST_F(PublicationTest, begins_with_all_of_the_ceremony)
{
	Upload half = first_;
	half.files.pop_back();
	EXPECT_EQ(said(publication_->renew(now)), "no fault");
	EXPECT_EQ(said(publication_->upload(half, now, go_on)),
		  "mixed: the repository would have no 'recalls'; begin with all that 'klp-admin "
		  "init' made");
	EXPECT_EQ(version_of("root"), 0);
	EXPECT_EQ(publication_->upload(first_, now, go_on)->timestamp, now * 1000);
	EXPECT_EQ(version_of("root"), 1);
	EXPECT_TRUE(
		said(publication_->upload(first_, now, go_on)).starts_with("rollback: root.json"));
}

TEST_F(PublicationTest, another_hub_s_keys_are_refused)
{
	protocol::HubFacts other = *HubFolder::make(top_ + "/other", "https://hub.example", now);
	ASSERT_TRUE(admin::hold_ceremony(top_ + "/other-admin", other, {}, now));
	Upload strange =
		*protocol::read<Upload>(*read_text(top_ + "/other-admin/drafts/first.json"));
	EXPECT_TRUE(said(publication_->upload(strange, now, go_on)).starts_with("unsigned: "));
	EXPECT_EQ(version_of("root"), 0);
}

TEST_F(PublicationTest, the_next_version_alone_is_taken)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	Upload one = next_releases(),
	       other = next_releases([](json *content) {
		       (*content)["expires"] = tuf::time_text(now + 200 * hour);
	       });
	EXPECT_EQ(said(publication_->upload(one, now + 1, go_on)), "no fault");
	EXPECT_EQ(said(publication_->upload(other, now + 2, go_on)),
		  "rollback: releases.json is version 2, and the repository has 2; look again at "
		  "what is there, and sign the next");
	EXPECT_EQ(version_of("releases"), 2);
	EXPECT_EQ(version_of("timestamp"), (now + 1) * 1000);
}

// The limits of service/tuf's client, which is klpd's.
TEST_F(PublicationTest, a_file_that_no_client_takes_is_refused)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	Upload large = next_releases(
		[](json *content) { (*content)["more"] = std::string(5'000'000, 'x'); });
	std::string refusal = said(publication_->upload(large, now + 1, go_on));
	EXPECT_TRUE(refusal.starts_with("mixed: releases.json: has 500")) << refusal;
	EXPECT_TRUE(refusal.ends_with("clients take 5000000 at most")) << refusal;
	EXPECT_EQ(version_of("timestamp"), now * 1000);
}

TEST_F(PublicationTest, a_timestamp_is_signed_each_hour_and_above_the_last_one)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	ASSERT_TRUE(publication_->renew(now + hour - 1));
	EXPECT_EQ(version_of("timestamp"), now * 1000);
	ASSERT_TRUE(publication_->renew(now + hour));
	EXPECT_EQ(version_of("timestamp"), (now + hour) * 1000);
	std::string timestamp = *read_text(folder_.repository() + "/metadata/timestamp.json");
	EXPECT_EQ(protocol::issued_of(json::parse(timestamp)["signed"]), now + hour);
	EXPECT_EQ(version_of("snapshot"), now * 1000);
	// A clock that went back.
	ASSERT_TRUE(publication_->upload(next_releases(), now + 5, go_on));
	EXPECT_EQ(version_of("timestamp"), (now + hour) * 1000 + 1);
	ASSERT_TRUE(publication_->renew(now + 30 * hour));
	EXPECT_EQ(version_of("snapshot"), (now + 30 * hour) * 1000);
	EXPECT_EQ(version_of("tiers"), (now + 30 * hour) * 1000);
}

// Recalls are good for 45 days.
TEST_F(PublicationTest, the_hub_signs_on_after_a_publisher_s_file_has_expired)
{
	const int64_t later = now + 46 * 24 * hour;
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	EXPECT_EQ(said(publication_->renew(later)), "no fault");
	EXPECT_EQ(version_of("timestamp"), later * 1000);
	EXPECT_EQ(said(publication_->change_offers([](Listing *) { return tuf::Checked<>(); },
						   later + 1, go_on)),
		  "no fault");
	// A new file of that age is refused.
	Upload expired = next_releases(
		[](json *content) { (*content)["expires"] = tuf::time_text(now + hour); });
	EXPECT_TRUE(said(publication_->upload(expired, later + 2, go_on))
			    .starts_with("expired: releases.json"));
}

TEST_F(PublicationTest, an_upload_that_was_accepted_is_finished)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	Upload upload = next_releases();
	std::filesystem::copy(folder_.path(), top_ + "/copy",
			      std::filesystem::copy_options::recursive);
	ASSERT_TRUE(tuf::DurableFolder::open(top_ + "/copy")
			    ->replace("accepted.json", upload.to_json().dump()));
	folder_ = HubFolder(top_ + "/copy");
	std::unique_ptr<Publication> next = *Publication::open(folder_, tell_nobody);
	EXPECT_EQ(said(next->renew(now + 1)), "no fault");
	EXPECT_EQ(version_of("releases"), 2);
	EXPECT_EQ(*read_text(top_ + "/copy/accepted.json"), "");
	// Once more it is done already.
	ASSERT_TRUE(tuf::DurableFolder::open(top_ + "/copy")
			    ->replace("accepted.json", upload.to_json().dump()));
	EXPECT_EQ(said(next->renew(now + 2)), "no fault");
	EXPECT_EQ(version_of("releases"), 2);
}

// Nor the bytes that were sent for it, which go after 30 days.
TEST_F(PublicationTest, a_clock_that_is_ahead_costs_no_upload)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	const std::string bytes = protocol::test::notice().dump();
	const std::string path = protocol::notice_path(protocol::test::notice()["id"]);
	std::string sha256 = publication_->store_payload(bytes)->sha256;
	const std::string payload = folder_.incoming() + "/" + sha256;
	const timespec sent[2] = {{now, 0}, {now, 0}};
	ASSERT_EQ(utimensat(AT_FDCWD, payload.c_str(), sent, 0), 0);
	Upload upload = next_releases([&](json *content) {
		(*content)["expires"] = tuf::time_text(now + 40 * 24 * hour);
		(*content)["targets"][path] = tuf::target_content(bytes, nullptr);
	});
	const std::string accepted = folder_.path() + "/accepted.json";
	ASSERT_TRUE(tuf::DurableFolder::open(folder_.path())
			    ->replace("accepted.json", upload.to_json().dump()));
	std::vector<std::string> told;
	publication_ =
		*Publication::open(folder_, [&](const std::string &line) { told.push_back(line); });
	const int64_t ahead = now + 41 * 24 * hour;
	EXPECT_EQ(said(publication_->renew(ahead)), "no fault");
	EXPECT_EQ(said(publication_->change_offers([](Listing *) { return tuf::Checked<>(); },
						   ahead + 1, go_on)),
		  "no fault");
	EXPECT_EQ(version_of("releases"), 1);
	EXPECT_EQ(*read_text(accepted), upload.to_json().dump());
	EXPECT_EQ(told.size(), 1u);
	EXPECT_EQ(said(publication_->renew(now + hour)), "no fault");
	EXPECT_EQ(version_of("releases"), 2);
	EXPECT_EQ(*read_text(accepted), "");
}

// Half of it would be published otherwise: the file whose version is the next one.
TEST_F(PublicationTest, an_upload_that_another_has_overtaken_is_set_aside_whole)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	Upload both = next_releases(
		[](json *content) { (*content)["expires"] = tuf::time_text(now + 200 * hour); });
	both.files.push_back(
		{"recalls", signed_by_all(tuf::targets_content(version_of("recalls") + 1,
							       now + 100 * hour, {}))});
	ASSERT_TRUE(publication_->upload(next_releases(), now + 1, go_on));
	ASSERT_TRUE(tuf::DurableFolder::open(folder_.path())
			    ->replace("accepted.json", both.to_json().dump()));
	EXPECT_EQ(said(publication_->renew(now + 2)), "no fault");
	EXPECT_EQ(version_of("recalls"), 1);
	EXPECT_EQ(
		read_text(folder_.path() + "/accepted-refused-" + std::to_string(now + 2) + ".json")
			.value_or(""),
		both.to_json().dump());
}

TEST_F(PublicationTest, the_keys_that_root_and_targets_name_sign)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	RepositoryState before = state();
	Upload rotation = renewed_keys();
	EXPECT_EQ(said(publication_->renew(now + hour)), "no fault");
	EXPECT_EQ(version_of("root"), 1);
	EXPECT_EQ(said(publication_->upload(rotation, now + hour + 1, go_on)), "no fault");
	EXPECT_EQ(said(verify_state(before, state(), now + hour + 1)), "no fault");
	for (const char *role : {"snapshot", "timestamp", "tiers"})
		EXPECT_EQ(version_of(role), (now + hour + 1) * 1000) << role;
	// Neither may one of the keys be nobody's.
	protocol::HubFacts facts = *folder_.facts();
	facts.tiers = tuf::SigningKey::make(tuf::SigningKey::Kind::ed25519)->public_key();
	EXPECT_TRUE(said(publication_->upload(rotation_to(facts), now + hour + 2, go_on))
			    .starts_with("unsigned: the role 'tiers' has no key of "));
}

// With it the holders' signatures are good, and the thief's are, too.
TEST_F(PublicationTest, a_key_under_the_id_of_another_is_refused)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	json content = json::parse(state()["targets"])["signed"];
	content["version"] = 2;
	const json thief = tuf::SigningKey::make(tuf::SigningKey::Kind::ed25519)->public_key();
	for (auto &[keyid, key] : content["delegations"]["keys"].items())
		if (keyid == content["delegations"]["roles"][1]["keyids"][0])
			key = thief;
	Upload upload = {{{"targets", signed_by_all(content)}}};
	std::string refusal = said(publication_->upload(upload, now + 1, go_on));
	EXPECT_TRUE(refusal.starts_with("mixed: targets.json: lists under the id '")) << refusal;
}

TEST_F(PublicationTest, a_hub_that_died_as_its_keys_changed_goes_on)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	Upload rotation = renewed_keys();
	die_after(rotation, rotation.to_json().dump(), {"2.targets.json", "2.root.json"});
	EXPECT_EQ(said(publication_->renew(now + 2)), "no fault");
	EXPECT_EQ(version_of("targets"), 2);
	EXPECT_EQ(read_by_client(), "no fault");
}

TEST_F(PublicationTest, a_hub_that_died_before_the_new_key_s_timestamp_signs_it)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	Upload rotation = renewed_keys();
	rotation.files.pop_back(); // targets
	die_after(rotation, "", {"2.root.json"});
	EXPECT_EQ(said(publication_->renew(now + 2)), "no fault");
	EXPECT_EQ(read_by_client(), "no fault");
}

TEST_F(PublicationTest, what_no_tier_offers_is_not_blocked)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	tuf::Checked<protocol::Published> done = publication_->change_offers(
		[](Listing *listing) { return block(listing, {{"6.1", "0a"}, 1}); }, now, go_on);
	EXPECT_EQ(said(done), "not-listed: no tier offers version 1 for 6.1");
	EXPECT_EQ(version_of("timestamp"), now * 1000);
}

// The hub could not read it again, and would sign nothing any more.
TEST_F(PublicationTest, offers_that_no_reader_takes_are_refused)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	const protocol::KernelId kernel = {"6.1", "0a0a0a0a0a0a0a0a"};
	auto offer_many = [&](int64_t many) {
		return said(publication_->change_offers(
			[&](Listing *listing) {
				protocol::Offers &offers =
					listing->offers[protocol::offers_path("edge", kernel)];
				offers = {"edge", kernel, {}};
				for (int64_t i = 1; i <= many; i++)
					offers.offers.push_back(
						{i, protocol::patch_path(kernel, "p"), 1,
						 std::string(64, 'a'), protocol::whole_share});
				return tuf::Checked<>();
			},
			now + 1, go_on));
	};
	std::string refusal = offer_many(101);
	EXPECT_TRUE(refusal.ends_with("machines read 100 at most; block some of them first"))
		<< refusal;
	EXPECT_EQ(offer_many(100), "no fault");
	EXPECT_EQ(said(publication_->renew(now + 30 * hour)), "no fault");
}

TEST_F(PublicationTest, nothing_appears_unless_the_word_before_is_good)
{
	ASSERT_TRUE(publication_->upload(first_, now, go_on));
	EXPECT_EQ(said(publication_->upload(next_releases(), now + 1,
					    []() -> tuf::Checked<> {
						    return tuf::refuse(tuf::FaultKind::local, "no");
					    })),
		  "local: no");
	EXPECT_EQ(version_of("releases"), 1);
	EXPECT_FALSE(exists(folder_.repository() + "/metadata/2.releases.json"));
	EXPECT_EQ(said(publication_->upload(next_releases(), now + 2, go_on)), "no fault");
}
