// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../store/machines.hpp"
#include "test_hub.hpp"

using namespace klp;
using namespace klp::hub;
using namespace klp::hub::test;
using nlohmann::json;

TEST(hub_attach, a_machine_gets_its_place_and_its_tier)
{
	Hub hub;
	Result<Answer> answer = hub.attach(Hub::attach_document(1));
	EXPECT_EQ(said(answer), "200");
	EXPECT_EQ(document_of(answer), (json{{"schema", "klp.attach-answer/1"},
					     {"organisation", "Example"},
					     {"plan", "personal"},
					     {"tier", "stable"},
					     {"machines", 1},
					     {"limit", 3},
					     {"interval", 1800}}));
	EXPECT_EQ(hub.rows("audit"), 1);
}

TEST(hub_attach, the_same_request_once_more_takes_no_second_place)
{
	Hub hub;
	std::string first = said(hub.attach(Hub::attach_document(1)));
	Result<Answer> again = hub.attach(Hub::attach_document(1), 0, 5);
	EXPECT_EQ(said(again), first);
	EXPECT_EQ(document_of(again)["machines"], 1);
	EXPECT_EQ(hub.rows("machines"), 1);
	EXPECT_EQ(hub.rows("audit"), 1);
	json document = Hub::attach_document(1);
	document["host"] = "db2";
	EXPECT_EQ(said(hub.attach(document)), "200");
	EXPECT_EQ(hub.rows("audit"), 2);
}

TEST(hub_attach, the_machine_beyond_the_plan_is_refused_and_nothing_is_written)
{
	Hub hub;
	for (int number : {1, 2, 3})
		EXPECT_EQ(said(hub.attach(Hub::attach_document(number))), "200");
	EXPECT_EQ(said(hub.attach(Hub::attach_document(4))),
		  "403 limit: the plan 'personal' has 3 machines, and all of them are attached; "
		  "detach one, or use the token of another plan");
	EXPECT_EQ(hub.rows("machines"), 3);
	EXPECT_EQ(hub.rows("audit"), 3);
	// Those that are attached go on, and may attach again.
	EXPECT_EQ(said(hub.check_in(2, 1)), "200");
	EXPECT_EQ(said(hub.attach(Hub::attach_document(2))), "200");
}

TEST(hub_attach, the_plan_community_has_fifty_machines)
{
	Hub hub("community");
	for (int number = 1; number <= 50; number++)
		ASSERT_EQ(said(hub.attach(Hub::attach_document(number))), "200");
	EXPECT_TRUE(said(hub.attach(Hub::attach_document(51)))
			    .starts_with("403 limit: the plan 'community' has 50 machines"));
}

TEST(hub_attach, a_silent_machine_gives_its_place_and_is_still_served)
{
	Hub hub;
	for (int number : {1, 2, 3})
		EXPECT_EQ(said(hub.attach(Hub::attach_document(number))), "200");
	int64_t later = store::longest_silence;
	EXPECT_EQ(said(hub.attach(Hub::attach_document(4), 0, later - 1)).substr(0, 9),
		  "403 limit");
	EXPECT_EQ(said(hub.attach(Hub::attach_document(4), 0, later)), "200");
	EXPECT_EQ(said(hub.check_in(1, 1, later)), "200");
}

TEST(hub_attach, a_token_that_is_not_good_opens_nothing)
{
	Hub hub;
	hub.add_token("t9", 9, "personal", now + 10);
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1), 7)),
		  "401 unauthorised: the hub does not know this token, or it was revoked");
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1), 9, 10)),
		  "403 expired: the token has expired; ask its owner for a new one");
	ASSERT_TRUE(store::revoke_token(hub.database, "t0", now));
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))),
		  "401 unauthorised: the hub does not know this token, or it was revoked");
	EXPECT_EQ(hub.rows("machines"), 0);
}

// Else whoever has a token could take the place of a machine whose id it knows.
TEST(hub_attach, the_id_of_another_machine_is_refused)
{
	Hub hub;
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))), "200");
	json document = Hub::attach_document(1);
	document["secret"] = secret_of(8);
	EXPECT_EQ(said(hub.attach(document)), "409 conflict: another machine has this id; attach "
					      "with a new id and a new secret");
	EXPECT_EQ(said(hub.check_in(1, 1)), "200");
	EXPECT_EQ(said(hub.check_in(8, 1)),
		  "401 unauthorised: the hub does not know this machine; attach it anew");
}

// A clone that takes a new id and keeps its secret.
TEST(hub_attach, the_secret_of_another_machine_is_refused)
{
	Hub hub;
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))), "200");
	json document = Hub::attach_document(2);
	document["secret"] = secret_of(1);
	EXPECT_EQ(said(hub.attach(document)), "409 conflict: another machine has this secret; "
					      "attach with a new id and a new secret");
	EXPECT_EQ(hub.rows("machines"), 1);
}

TEST(hub_attach, another_token_moves_the_machine_to_its_plan)
{
	Hub hub;
	hub.add_token("t9", 9, "community");
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))), "200");
	Result<Answer> answer = hub.attach(Hub::attach_document(1), 9);
	EXPECT_EQ(document_of(answer)["plan"], "community");
	EXPECT_EQ(*store::places_taken(hub.database, "t0", now), 0);
	EXPECT_EQ(*store::places_taken(hub.database, "t9", now), 1);
}

TEST(hub_attach, a_malformed_request_is_told_what_is_wrong)
{
	Hub hub;
	json document = Hub::attach_document(1);
	document["admin"] = true;
	EXPECT_EQ(said(hub.attach(document)), "400 malformed: klp.attach/1: 'admin' is not known");
	Request request = {"POST", "/v1/attach", secret_of(0), "{\"schema\":"};
	EXPECT_EQ(said(hub::attach(request, hub.context())),
		  "400 malformed: klp.attach/1: no JSON at byte 11");
	request.body = "{\"" + std::string(5000, 'a') + "\": 1, \"schema\": \"klp.attach/1\"}";
	EXPECT_EQ(said(hub::attach(request, hub.context())),
		  "400 malformed: a field or a name in the request is too long");
}

TEST(hub_check_in, says_when_to_come_again)
{
	Hub hub;
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))), "200");
	EXPECT_EQ(document_of(hub.check_in(1, 1, 60)), (json{{"schema", "klp.checkin-answer/1"},
							     {"interval", 1800},
							     {"tier", "stable"},
							     {"reattach", false},
							     {"time", now + 60}}));
	EXPECT_EQ(document_of(hub.check_in(1, 7, 120))["reattach"], false);
	EXPECT_EQ(hub.rows("check_ins"), 1);
}

TEST(hub_check_in, a_counter_that_was_seen_asks_for_another_attach_and_serves)
{
	Hub hub;
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))), "200");
	EXPECT_EQ(document_of(hub.check_in(1, 5))["reattach"], false);
	for (int64_t counter : {5, 4, 1}) {
		Result<Answer> answer = hub.check_in(1, counter, 60);
		EXPECT_EQ(said(answer), "200");
		EXPECT_EQ(document_of(answer)["reattach"], true);
		EXPECT_EQ(document_of(answer)["tier"], "stable");
	}
	EXPECT_EQ(document_of(hub.check_in(1, 6))["reattach"], false);
	// Attaching again does not set the counter back.
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))), "200");
	EXPECT_EQ(document_of(hub.check_in(1, 6))["reattach"], true);
}

TEST(hub_check_in, a_machine_that_was_detached_has_to_attach_again)
{
	Hub hub;
	for (int number : {1, 2, 3})
		EXPECT_EQ(said(hub.attach(Hub::attach_document(number))), "200");
	ASSERT_TRUE(
		hub.database.change("update machines set detached = $1 where facts <> ''", {now}));
	EXPECT_EQ(said(hub.check_in(1, 1)),
		  "401 unauthorised: the hub does not know this machine; attach it anew");
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))), "200");
	EXPECT_EQ(said(hub.check_in(1, 1)), "200");
	EXPECT_EQ(*store::places_taken(hub.database, "t0", now), 1);
}

TEST(hub_detach, a_machine_gives_its_place)
{
	Hub hub;
	for (int number : {1, 2, 3})
		EXPECT_EQ(said(hub.attach(Hub::attach_document(number))), "200");
	Request request = {"POST", "/v1/detach", secret_of(1), ""};
	EXPECT_EQ(said(detach(request, hub.context(7))), "204");
	EXPECT_EQ(said(detach(request, hub.context(8))), "204");
	EXPECT_EQ(hub.rows("audit"), 4);
	std::optional<store::Machine> machine =
		*store::machine_of_secret(hub.database, protocol::hash_of_secret(secret_of(1)));
	EXPECT_EQ(machine->detached, now + 7);
	EXPECT_EQ(said(hub.check_in(1, 1)),
		  "401 unauthorised: the hub does not know this machine; attach it anew");
	EXPECT_EQ(said(hub.attach(Hub::attach_document(4))), "200");
	request.bearer = secret_of(9);
	EXPECT_EQ(said(detach(request, hub.context())).substr(0, 16), "401 unauthorised");
	request.body = "{}";
	EXPECT_EQ(said(detach(request, hub.context())),
		  "400 malformed: a request to detach has no body");
}

TEST(hub_report, counts_once)
{
	Hub hub;
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))), "200");
	Request request = {"POST", "/v1/report", secret_of(1), protocol::test::report().dump()};
	EXPECT_EQ(said(report(request, hub.context())), "204");
	EXPECT_EQ(said(report(request, hub.context(1))), "204");
	EXPECT_EQ(hub.rows("reports"), 1);
	request.bearer = secret_of(2);
	EXPECT_EQ(said(report(request, hub.context())),
		  "401 unauthorised: the hub does not know this machine; attach it anew");
	request.bearer = "";
	EXPECT_EQ(said(report(request, hub.context())).substr(0, 3), "401");
}

TEST(hub_report, another_one_of_the_same_number_is_refused)
{
	Hub hub;
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))), "200");
	json document = protocol::test::report();
	EXPECT_EQ(said(hub.report(1, document)), "204");
	document["step"] = "failed";
	EXPECT_EQ(said(hub.report(1, document)),
		  "409 conflict: the hub has another report of this number; two machines have one "
		  "identity: attach with a new id and a new secret");
	EXPECT_EQ(hub.rows("reports"), 1);
}

TEST(hub_secrets, none_is_in_the_database)
{
	Hub hub;
	EXPECT_EQ(said(hub.attach(Hub::attach_document(1))), "200");
	EXPECT_EQ(said(hub.check_in(1, 1)), "200");
	std::string file = testing::TempDir() + "/klp-hub-secrets.db";
	(void)remove(file.c_str());
	ASSERT_TRUE(hub.database.copy_to(file));
	FILE *stream = fopen(file.c_str(), "r");
	ASSERT_NE(stream, nullptr);
	std::string bytes(1 << 20, '\0');
	bytes.resize(fread(bytes.data(), 1, bytes.size(), stream));
	fclose(stream);
	EXPECT_NE(bytes.find("Example"), std::string::npos);
	EXPECT_EQ(bytes.find(secret_of(0)), std::string::npos);
	EXPECT_EQ(bytes.find(secret_of(1)), std::string::npos);
	(void)remove(file.c_str());
}
