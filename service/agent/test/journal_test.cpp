// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../protocol/test/agreement.hpp"
#include "../../protocol/test/examples.hpp"
#include "../identity.hpp"
#include "../journal.hpp"

using namespace klp::agent;
using klp::tuf::test::said;
using nlohmann::json;
namespace examples = klp::protocol::test;

namespace {

json identity()
{
	return {{"schema", "klp.agent/1"},    {"hub", "https://hub.example:8443"},
		{"pin", examples::digest},    {"machine", "00112233445566778899aabbccddeeff"},
		{"secret", examples::secret}, {"attached", examples::attached()}};
}

json stored(int64_t version)
{
	return {{"version", version},
		{"module", "klp_ext4_12"},
		{"file", "patches%2Fklp_ext4_12.ko"},
		{"sha256", examples::digest}};
}

json record()
{
	return {{"kernel", examples::kernel},
		{"minimum", 12},
		{"committed", {{"patch", stored(12)}, {"since", 1'790'000'000}}},
		{"attempt",
		 {{"patch", stored(13)},
		  {"step", "applying"},
		  {"boot_id", examples::boot_id},
		  {"time", 1'790'000'000}}},
		{"uncommitted", {{"patch", stored(14)}, {"since", 1'790'000'000}}},
		{"lost", {{"version", 13}, {"boots", 1}}},
		{"held", {{{"version", 11}, {"reason", "by root"}}}},
		{"failed", {{{"version", 10}, {"reason", "no transition"}}}},
		{"recalls", examples::recalls()["recalls"]}};
}

json journal()
{
	return {{"schema", "klp.journal/1"},
		{"boot_id", examples::boot_id},
		{"counter", 17},
		{"reports_made", 4},
		{"reports", {examples::report()}},
		{"off_since", 1'790'000'000},
		{"is_clone", true},
		{"failures", 2},
		{"next_round", 1'790'000'000},
		{"news",
		 {{"issued", 1'790'000'000},
		  {"root", 2},
		  {"refreshed", 1'790'000'000},
		  {"until", 1'790'000'000},
		  {"state", "rollback"},
		  {"message", "timestamp.json: version 1 follows 2"}}},
		{"said",
		 {{"verdict", "at-risk"},
		  {"reason", "patch 13 is held"},
		  {"active", 12},
		  {"refused", {{{"version", 13}, {"why", "held"}, {"reason", "by root"}}}}}},
		{"kernels", {record()}}};
}

// The record of a machine that began to apply 13.
KernelRecord begun(Step step)
{
	KernelRecord record;
	record.attempt = {{13, "klp_13", "klp_13.ko", ""}, step, "before", 0};
	return record;
}

// The record of a machine that has 12 since an earlier boot.
KernelRecord with_12()
{
	KernelRecord record;
	record.minimum = 12;
	record.committed = {{12, "klp_12", "klp_12.ko", ""}, 0};
	return record;
}

// What a boot does before the network, which puts 12 on probation.
void apply_at_boot(KernelRecord *record)
{
	record->attempt = {record->committed->patch, Step::probation, "before", 0};
}

}

TEST(agent_journal, is_read_and_written_without_a_change)
{
	Checked<Journal> read = Journal::parse(journal());
	ASSERT_EQ(said(read), "no fault");
	EXPECT_EQ(read->to_json(), journal());
	Checked<Identity> who = Identity::parse(identity());
	ASSERT_EQ(said(who), "no fault");
	EXPECT_EQ(who->to_json(), identity());
	EXPECT_EQ(said(Journal::parse(Journal().to_json())), "no fault");
}

TEST(agent_journal, readers_and_schemas_refuse_the_same)
{
	examples::expect_agreement(
		{examples::kind_of<Journal>(journal()), examples::kind_of<Identity>(identity())},
		1500, 800, {"'replacement' is not a whole number"});
}

TEST(agent_journal, what_is_not_known_is_refused_by_name)
{
	json document = journal();
	document["kernels"][0]["attempt"]["patch"]["of_tomorrow"] = 1;
	EXPECT_EQ(said(Journal::parse(document)),
		  "malformed: klp.journal/1: kernels: attempt: patch: 'of_tomorrow' is not known");
	document = journal();
	document["kernels"][0]["attempt"]["patch"]["file"] = "../shadow";
	EXPECT_EQ(said(Journal::parse(document)),
		  "malformed: klp.journal/1: kernels: attempt: patch: 'file' is not the name of a "
		  "file in the folder of patches");
	document = identity();
	document["hub"] = "http://hub.example";
	EXPECT_EQ(said(Identity::parse(document)),
		  "malformed: klp.agent/1: 'hub' is not https://HOST or https://HOST:PORT");
}

TEST(agent_journal, two_lost_boots_hold_a_version)
{
	KernelRecord record = begun(Step::applying);
	EXPECT_FALSE(note_new_boot(&record, "second"));
	EXPECT_EQ(record.lost, (Lost{13, 1}));
	EXPECT_EQ(record.attempt->step, Step::fetched);
	record.attempt->step = Step::probation;
	EXPECT_TRUE(note_new_boot(&record, "third"));
	EXPECT_EQ(record.attempt, std::nullopt);
	ASSERT_EQ(record.held.size(), 1u);
	EXPECT_EQ(record.held[0].version, 13);
	EXPECT_EQ(record.lost, std::nullopt);
}

TEST(agent_journal, two_lost_boots_hold_a_version_that_follows_a_committed_one)
{
	KernelRecord record = with_12();
	record.attempt = begun(Step::probation).attempt;
	EXPECT_FALSE(note_new_boot(&record, "second"));
	apply_at_boot(&record);
	commit(&record, 5); // 12 stood its probation, which says nothing of 13
	record.attempt = begun(Step::applying).attempt;
	EXPECT_TRUE(note_new_boot(&record, "third"));
	ASSERT_EQ(record.held.size(), 1u);
	EXPECT_EQ(record.held[0].version, 13);
}

TEST(agent_journal, two_lost_boots_hold_a_committed_version)
{
	KernelRecord record = with_12();
	apply_at_boot(&record);
	EXPECT_FALSE(note_new_boot(&record, "second"));
	apply_at_boot(&record);
	EXPECT_TRUE(note_new_boot(&record, "third"));
	ASSERT_EQ(record.held.size(), 1u);
	EXPECT_EQ(record.held[0].version, 12);
	EXPECT_EQ(record.minimum, 12);
}

TEST(agent_journal, a_probation_that_was_stood_ends_the_count)
{
	KernelRecord record = with_12();
	for (int boot = 0; boot < 5; boot++) {
		apply_at_boot(&record);
		EXPECT_FALSE(note_new_boot(&record, "next"));
		apply_at_boot(&record);
		commit(&record, 5);
		EXPECT_EQ(record.lost, std::nullopt);
	}
}

TEST(agent_journal, a_probation_is_of_the_kernel_that_runs)
{
	Journal journal;
	journal.boot_id = "now";
	*journal.of_kernel({"a", "00"}) = begun(Step::probation);
	EXPECT_EQ(journal.on_probation(), nullptr);
	journal.kernels.push_back(begun(Step::probation));
	journal.kernels.back().attempt->boot_id = "now";
	EXPECT_EQ(journal.on_probation(), &*journal.kernels.back().attempt);
	journal.on_probation()->step = Step::verified;
	EXPECT_EQ(journal.on_probation(), nullptr);
}

TEST(agent_journal,
     a_version_that_is_active_and_not_committed_is_over_with_the_next_one_or_the_boot)
{
	KernelRecord record = begun(Step::probation);
	record.uncommitted = {{12, "klp_12", "klp_12.ko", ""}, 0};
	commit(&record, 5);
	EXPECT_EQ(record.uncommitted, std::nullopt);
	record.uncommitted = {{12, "klp_12", "klp_12.ko", ""}, 0};
	EXPECT_FALSE(note_new_boot(&record, "next"));
	EXPECT_EQ(record.uncommitted, std::nullopt);
}

TEST(agent_journal, a_boot_before_the_insertion_is_not_lost)
{
	for (Step step : {Step::fetched, Step::verified, Step::checked}) {
		KernelRecord record = begun(step);
		for (int boot = 0; boot < 5; boot++)
			EXPECT_FALSE(note_new_boot(&record, "next"));
		EXPECT_EQ(record.lost, std::nullopt);
	}
}

TEST(agent_journal, another_boot_tries_again_what_failed)
{
	KernelRecord record;
	record.failed = {{13, "no transition"}};
	note_new_boot(&record, "next");
	EXPECT_TRUE(record.failed.empty());
}

TEST(agent_journal, a_commit_raises_the_minimum_and_nothing_lowers_it)
{
	KernelRecord record = begun(Step::probation);
	commit(&record, 5);
	EXPECT_EQ(record.minimum, 13);
	EXPECT_EQ(record.committed->patch.version, 13);
	record.attempt = {{12, "klp_12", "klp_12.ko", ""}, Step::probation, "before", 0};
	commit(&record, 6);
	EXPECT_EQ(record.minimum, 13);
}

TEST(agent_journal, each_kernel_has_its_record_and_the_oldest_goes)
{
	Journal journal;
	for (char name = 'a'; name <= 'j'; name++) {
		KernelRecord *record = journal.of_kernel({std::string(1, name), "00"});
		record->minimum = name;
	}
	EXPECT_EQ(journal.kernels.size(), 8u);
	EXPECT_EQ(journal.of_kernel({"d", "00"})->minimum, 'd');
	EXPECT_EQ(journal.kernels.back().kernel.release, "d");
	EXPECT_EQ(journal.of_kernel({"a", "00"})->minimum, 0);
}

TEST(agent_journal, another_kernel_has_no_verdict_yet)
{
	Journal journal;
	journal.of_kernel({"a", "00"});
	const Said verdict = {Verdict::ok, "patch 12 is active", 12, {}};
	journal.said = verdict;
	journal.news.until = 5;
	journal.of_kernel({"a", "00"});
	EXPECT_EQ(journal.said, verdict);
	EXPECT_EQ(journal.news.until, 5);
	journal.of_kernel({"b", "00"});
	EXPECT_EQ(journal.said, Said());
	EXPECT_EQ(journal.news.until, 0);
}

TEST(agent_journal, a_reason_is_one_line)
{
	EXPECT_EQ(line_of(""), "no reason is known");
	EXPECT_EQ(line_of("a\nb"), "a?b");
	std::string long_line = line_of(std::string(296, 'a') + "\xc3\xa4 and more");
	EXPECT_EQ(long_line, std::string(296, 'a') + "...");
	EXPECT_EQ(line_of(long_line), long_line);
}
