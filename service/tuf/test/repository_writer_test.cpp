// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../repository_writer.hpp"
#include "test_repository.hpp"

using namespace klp;
using namespace klp::tuf;
using namespace klp::tuf::test;

namespace {

// A publisher with a key a role, and a client.
struct Publisher {
	klp::test::Root folder;
	SigningKey root = *SigningKey::make(SigningKey::Kind::ed25519);
	SigningKey top = *SigningKey::make(SigningKey::Kind::ecdsa_p256);
	SigningKey releases = *SigningKey::make(SigningKey::Kind::ed25519);
	SigningKey online = *SigningKey::make(SigningKey::Kind::ecdsa_p256);

	std::string path() const { return folder.path() + "/repository"; }
	std::string signed_by(const json &content, const SigningKey &key) const
	{
		return *sign(content, std::vector{&key});
	}
	json root_of(int64_t version) const
	{
		std::map<std::string, RoleKeys> roles = {
			{"root", {{&root.public_key()}, 1}},
			{"targets", {{&top.public_key()}, 1}},
			{"snapshot", {{&online.public_key()}, 1}},
			{"timestamp", {{&online.public_key()}, 1}}};
		return root_content(version, today + 300 * day, roles);
	}
	// targets with one delegated role, which has one target.
	Checked<> add_release(RepositoryWriter *writer, const std::string &bytes) const
	{
		json role =
			targets_content(writer->version_of("releases") + 1, today + 9 * day, {});
		role["targets"]["patches/a/f.ko"] = target_content(bytes, {{"version", 3}});
		TRY(writer->add_target("patches/a/f.ko", bytes));
		TRY(writer->add_targets_metadata("releases", signed_by(role, releases)));
		return {};
	}
	Checked<> publish(RepositoryWriter *writer) const
	{
		std::string snapshot = signed_by(writer->next_snapshot(today + 9 * day), online);
		json timestamp = TRY(writer->add_snapshot(snapshot, today + day));
		return writer->publish(signed_by(timestamp, online));
	}
	Checked<> publish_first(RepositoryWriter *writer) const
	{
		Delegation delegation = {
			"releases", {{&releases.public_key()}, 1}, {"patches/*/*"}, true};
		TRY(writer->add_root(signed_by(root_of(1), root)));
		TRY(writer->add_targets_metadata(
			"targets",
			signed_by(targets_content(1, today + 99 * day, {delegation}), top)));
		TRY(add_release(writer, "one"));
		return publish(writer);
	}
	Checked<std::string> got() const
	{
		DurableFolder metadata = TRY(DurableFolder::open(folder.path() + "/client"));
		std::ifstream file(path() + "/metadata/1.root.json");
		TRY(trust_root(metadata, std::string(std::istreambuf_iterator<char>(file), {})));
		FolderTransport transport = TRY(FolderTransport::open(path()));
		Client client =
			TRY(Client::refresh(metadata, transport, "folder:metadata", today, {}));
		Target target = TRY(client.find("patches/a/f.ko"));
		EXPECT_EQ(target.custom, json({{"version", 3}}));
		return client.fetch("patches/a/f.ko", target, "folder:targets");
	}
};

}

TEST(tuf_repository_writer, a_client_reads_what_was_published)
{
	Publisher publisher;
	{
		RepositoryWriter writer = *RepositoryWriter::open(publisher.path());
		EXPECT_EQ(said(publisher.publish_first(&writer)), "no fault");
	}
	EXPECT_EQ(publisher.got().value(), "one");
	RepositoryWriter writer = *RepositoryWriter::open(publisher.path());
	EXPECT_EQ(said(publisher.add_release(&writer, "two")), "no fault");
	EXPECT_EQ(publisher.got().value(), "one") << "what is not announced is not there";
	EXPECT_EQ(said(publisher.publish(&writer)), "no fault");
	EXPECT_EQ(publisher.got().value(), "two");
	json again = *writer.next_timestamp(today + 2 * day);
	EXPECT_EQ(again["version"], 3);
	EXPECT_EQ(said(writer.publish(publisher.signed_by(again, publisher.online))), "no fault");
	EXPECT_EQ(publisher.got().value(), "two");
}

TEST(tuf_repository_writer, a_writer_that_died_leaves_versions_that_are_never_used_again)
{
	Publisher publisher;
	{
		RepositoryWriter writer = *RepositoryWriter::open(publisher.path());
		EXPECT_EQ(said(publisher.publish_first(&writer)), "no fault");
		EXPECT_EQ(said(publisher.add_release(&writer, "lost")), "no fault");
		std::string snapshot =
			publisher.signed_by(writer.next_snapshot(today + day), publisher.online);
		EXPECT_EQ(said(writer.add_snapshot(snapshot, today + day)), "no fault");
	}
	RepositoryWriter writer = *RepositoryWriter::open(publisher.path());
	EXPECT_EQ(publisher.got().value(), "one");
	EXPECT_EQ(writer.version_of("releases"), 2);
	EXPECT_EQ(writer.next_snapshot(0)["version"], 3);
	EXPECT_EQ(writer.next_snapshot(0)["meta"]["releases.json"]["version"], 1);
	EXPECT_EQ(said(publisher.add_release(&writer, "three")), "no fault");
	EXPECT_EQ(said(publisher.publish(&writer)), "no fault");
	EXPECT_EQ(publisher.got().value(), "three");
}

TEST(tuf_repository_writer, no_version_is_written_twice_or_left_out)
{
	Publisher publisher;
	RepositoryWriter writer = *RepositoryWriter::open(publisher.path());
	EXPECT_EQ(said(publisher.publish_first(&writer)), "no fault");
	json root = publisher.root_of(1);
	EXPECT_EQ(said(writer.add_root(publisher.signed_by(root, publisher.root))), "no fault");
	root["of_tomorrow"] = 1;
	EXPECT_EQ(said(writer.add_root(publisher.signed_by(root, publisher.root))),
		  "rollback: root.json: version 1 follows 1");
	EXPECT_EQ(said(writer.add_root(publisher.signed_by(publisher.root_of(3), publisher.root))),
		  "malformed: root.json: version 3 follows 1");
	json targets = targets_content(1, today + day, {});
	EXPECT_EQ(said(writer.add_targets_metadata("targets",
						   publisher.signed_by(targets, publisher.top))),
		  "rollback: targets.json: version 1 follows 1");
	EXPECT_EQ(said(writer.add_targets_metadata(
			  "targets", publisher.signed_by(publisher.root_of(2), publisher.top))),
		  "malformed: targets.json: the type is 'root' instead of 'targets'");
	json timestamp = *writer.next_timestamp(today + day);
	timestamp["version"] = 1;
	EXPECT_EQ(said(writer.publish(publisher.signed_by(timestamp, publisher.online))),
		  "rollback: timestamp.json: version 1 follows 1");
}

TEST(tuf_repository_writer, a_target_is_stored_under_its_hash)
{
	Publisher publisher;
	RepositoryWriter writer = *RepositoryWriter::open(publisher.path());
	EXPECT_EQ(said(writer.add_target("a/b/f", "bytes")), "no fault");
	EXPECT_EQ(said(writer.add_target("a/b/f", "bytes")), "no fault");
	std::string name = "/targets/a/b/" + sha256(std::as_bytes(std::span("bytes", 5))) + ".f";
	EXPECT_TRUE(std::filesystem::exists(publisher.path() + name));
	std::ofstream(publisher.path() + name) << "else";
	EXPECT_EQ(said(writer.add_target("a/b/f", "bytes")).find("local: "), 0u);
	for (const char *path :
	     {"", "/f", "f/", "a//f", "../f", "a/../f", "./f", "a/.", "a b", "a%"})
		EXPECT_EQ(
			said(writer.add_target(path, "bytes")),
			"local: '" + std::string(path) +
				"': a target's path has no empty part, '.' or '..', and nothing that a "
				"URL escapes");
	json content = targets_content(1, today, {});
	for (const char *role : {"", "a/b", "../a", "a b"})
		EXPECT_EQ(said(writer.add_targets_metadata(
				  role, publisher.signed_by(content, publisher.top))),
			  "local: '" + std::string(role) +
				  "': a role's name has A-Z a-z 0-9 _ . - ~ only");
}

TEST(tuf_repository_writer, one_writer_at_a_time)
{
	Publisher publisher;
	RepositoryWriter writer = *RepositoryWriter::open(publisher.path());
	EXPECT_NE(said(RepositoryWriter::open(publisher.path())).find("in use"), std::string::npos);
	EXPECT_EQ(said(writer.next_timestamp(today)).find("local: "), 0u);
}
