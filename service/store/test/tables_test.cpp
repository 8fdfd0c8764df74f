// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../audit.hpp"
#include "../machines.hpp"
#include "../schema.hpp"
#include "../tiers.hpp"
#include "../tokens.hpp"

#include <cerrno>
#include <gtest/gtest.h>

using namespace klp;
using namespace klp::store;

namespace {

constexpr int64_t now = 1'790'000'000;

Database database_with_token()
{
	Database database = std::move(Database::open(":memory:").value());
	EXPECT_TRUE(migrate(database));
	EXPECT_TRUE(add_token(database, {"t1",
					 "Example",
					 "hash of t1",
					 *plan_of("personal", {}),
					 "stable",
					 now,
					 now + 1000,
					 {}}));
	return database;
}

Machine machine(const std::string &id)
{
	return {id, "t1", "hash of " + id, false, "{}", now, now, 0, {}, {}, {}};
}

}

TEST(store_tokens, plans_have_the_limits_that_they_promise)
{
	EXPECT_EQ(plan_of("personal", {})->machines, 3);
	EXPECT_EQ(plan_of("community", {})->machines, 50);
	EXPECT_EQ(plan_of("organisation", {})->machines, std::nullopt);
	EXPECT_EQ(plan_of("organisation", 700)->machines, 700);
	EXPECT_EQ(plan_of("personal", 4).error().message,
		  "the plan 'personal' sets its limit itself");
	EXPECT_EQ(plan_of("organisation", 0).error().message,
		  "a limit of 0 machines is none; expected 1 or more");
	EXPECT_EQ(plan_of("Personal", {}).error().code, EINVAL);
}

TEST(store_tokens, a_token_is_found_by_the_hash_of_its_secret)
{
	Database database = database_with_token();
	std::optional<Token> token = *token_of_secret(database, "hash of t1");
	ASSERT_TRUE(token);
	EXPECT_EQ(token->id, "t1");
	EXPECT_EQ(token->organisation, "Example");
	EXPECT_EQ(token->plan.machines, 3);
	EXPECT_EQ(token->expires, now + 1000);
	EXPECT_FALSE(*token_of_secret(database, "another"));
	EXPECT_EQ(add_token(database, *token).error().code, EEXIST);
	EXPECT_TRUE(*revoke_token(database, "t1", now));
	EXPECT_FALSE(*revoke_token(database, "t1", now + 1));
	EXPECT_EQ(token_of_id(database, "t1").value()->revoked, now);
}

TEST(store_tiers, a_tier_is_in_use_by_good_tokens_and_attached_machines)
{
	Database database = database_with_token();
	const std::vector<std::string> of_token = {token_of_id(database, "t1").value()->tier}, none;
	EXPECT_EQ(*tiers_in_use(database, now), of_token);
	EXPECT_EQ(*tiers_in_use(database, now + 1000), none);
	ASSERT_TRUE(put_machine(database, machine("m1")));
	EXPECT_EQ(*tiers_in_use(database, now + 1000), of_token);
	ASSERT_TRUE(*detach_machine(database, "m1", now));
	EXPECT_EQ(*tiers_in_use(database, now + 1000), none);
	EXPECT_EQ(*tiers_in_use(database, now), of_token);
	ASSERT_TRUE(*revoke_token(database, "t1", now));
	EXPECT_EQ(*tiers_in_use(database, now), none);
}

TEST(store_machines, a_silent_machine_frees_its_place)
{
	Database database = database_with_token();
	Machine lasting = machine("m1"), ephemeral = machine("m2"), detached = machine("m3");
	ephemeral.ephemeral = true;
	detached.detached = now;
	for (const Machine &one : {lasting, ephemeral, detached})
		ASSERT_TRUE(put_machine(database, one));
	const std::pair<int64_t, int64_t> places[] = {{now, 2},
						      {now + ephemeral_silence - 1, 2},
						      {now + ephemeral_silence, 1},
						      {now + longest_silence - 1, 1},
						      {now + longest_silence, 0}};
	for (const auto &[time, taken] : places) {
		EXPECT_EQ(*places_taken(database, "t1", time), taken);
		EXPECT_EQ(has_place(lasting, time) + has_place(ephemeral, time) +
				  has_place(detached, time),
			  taken);
	}
	EXPECT_EQ(*places_taken(database, "another", now), 0);
}

TEST(store_machines, a_check_in_is_kept_where_it_says_something_new)
{
	Database database = database_with_token();
	ASSERT_TRUE(put_machine(database, machine("m1")));
	auto stored = [&] { return machine_of_secret(database, "hash of m1").value().value(); };
	auto rows = [&] {
		return database.row("select count(*) from check_ins", {}).value()->number(0);
	};
	ASSERT_TRUE(note_check_in(database, stored(), 1, "one", now + 1));
	ASSERT_TRUE(note_check_in(database, stored(), 2, "one", now + 2));
	EXPECT_EQ(rows(), 1);
	EXPECT_EQ(stored().counter, 2);
	EXPECT_EQ(stored().seen, now + 2);
	ASSERT_TRUE(note_check_in(database, stored(), 3, "two", now + 3));
	EXPECT_EQ(rows(), 2);
	EXPECT_EQ(stored().state, "two");
	ASSERT_TRUE(note_clone(database, stored(), now + 4));
	ASSERT_TRUE(note_clone(database, stored(), now + 5));
	EXPECT_EQ(stored().cloned, now + 4);
}

TEST(store_machines, a_report_counts_once)
{
	Database database = database_with_token();
	ASSERT_TRUE(put_machine(database, machine("m1")));
	ReportRow report = {"m1", 1, now, "6.1.0", "00", 12, "committed", "{}"};
	EXPECT_TRUE(*add_report(database, report));
	EXPECT_TRUE(*add_report(database, report));
	EXPECT_EQ(database.row("select count(*) from reports", {}).value()->number(0), 1);
	report.report = "another";
	EXPECT_FALSE(*add_report(database, report));
	report.machine = "nobody";
	report.number = 2;
	EXPECT_FALSE(add_report(database, report));
}

TEST(store_machines, no_machine_fills_the_disk)
{
	Database database = database_with_token();
	for (const char *id : {"m1", "m2"}) {
		ASSERT_TRUE(put_machine(database, machine(id)));
		ASSERT_TRUE(note_check_in(database, machine(id), 1, "first", now));
		ASSERT_TRUE(*add_report(database, {id, 1, now, "6.1.0", "00", 12, "failed", "{}"}));
	}
	for (int64_t i = 2; i <= kept_reports + 3; i++) {
		ASSERT_TRUE(note_check_in(database, machine("m1"), i, std::to_string(i), now + i));
		// The numbers go down, the times up.
		ReportRow report = {"m1", 9000 - i, now + i, "6.1.0", "00", 12, "failed", "{}"};
		ASSERT_TRUE(*add_report(database, report));
	}
	auto row = [&](const char *sql) { return database.row(sql, {}).value().value(); };
	Row check_ins = row("select count(*), min(counter) from check_ins where machine = 'm1'");
	EXPECT_EQ(check_ins.number(0), kept_check_ins);
	EXPECT_EQ(check_ins.number(1), kept_reports + 3 - kept_check_ins + 1);
	Row reports = row("select count(*), min(time) from reports where machine = 'm1'");
	EXPECT_EQ(reports.number(0), kept_reports);
	EXPECT_EQ(reports.number(1), now + 4);
	EXPECT_EQ(row("select count(*) from check_ins where machine = 'm2'").number(0), 1);
	EXPECT_EQ(row("select count(*) from reports where machine = 'm2'").number(0), 1);
}

TEST(store_audit, the_newest_entry_comes_first)
{
	Database database = database_with_token();
	for (int i = 0; i < 3; i++)
		ASSERT_TRUE(add_audit_entry(database, {"id" + std::to_string(i), now + i, "anna",
						       "token add", "t1", "{}"}));
	std::vector<AuditEntry> entries = *last_audit_entries(database, 2);
	ASSERT_EQ(entries.size(), 2u);
	EXPECT_EQ(entries[0].id, "id2");
	EXPECT_EQ(entries[1].time, now + 1);
}

TEST(store_audit, machines_do_not_push_people_out_of_the_list)
{
	Database database = database_with_token();
	ASSERT_TRUE(add_audit_entry(database, {"p", now, "token", "token add", "t1", "{}"}));
	for (int i = 0; i < 3; i++)
		ASSERT_TRUE(add_audit_entry(database, {"m" + std::to_string(i), now + 1 + i,
						       "token t1", "attach", "m1", "{}"}));
	std::vector<AuditEntry> entries = *last_audit_entries(database, 2);
	ASSERT_EQ(entries.size(), 1u);
	EXPECT_EQ(entries[0].id, "p");
}
