// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../tuf/signing_key.hpp"
#include "../admin_access.hpp"
#include "../admin_lists.hpp"
#include "../hub_facts.hpp"
#include "../kernel_support.hpp"
#include "../notice.hpp"
#include "../offers.hpp"
#include "../patch_facts.hpp"
#include "../problem.hpp"
#include "../recalls.hpp"
#include "../report.hpp"
#include "../rollout.hpp"
#include "../token.hpp"
#include "../upload.hpp"
#include "agreement.hpp"
#include "examples.hpp"

using namespace klp::protocol;
using klp::protocol::test::Kind;
using klp::protocol::test::kind_of;
using klp::protocol::test::repeated;
using klp::tuf::test::said;
using nlohmann::json;

namespace {

std::vector<Kind> kinds()
{
	return {kind_of<Token>(test::token()),
		kind_of<Attach>(test::attach()),
		kind_of<Attached>(test::attached()),
		kind_of<CheckIn>(test::check_in()),
		kind_of<CheckedIn>(test::checked_in()),
		kind_of<Report>(test::report()),
		kind_of<Problem>(test::problem()),
		kind_of<Health>(test::health()),
		kind_of<PatchFacts>(test::patch_facts()),
		kind_of<KernelSupport>(test::kernel_support()),
		kind_of<Recalls>(test::recalls()),
		kind_of<Offers>(test::offers()),
		kind_of<Notice>(test::notice()),
		kind_of<HubFacts>(test::hub_facts()),
		kind_of<AdminAccess>(test::access()),
		kind_of<Identity>(test::identity()),
		kind_of<Upload>(test::upload()),
		kind_of<Published>(test::published()),
		kind_of<Stored>(test::stored()),
		kind_of<Tiers>(test::tiers()),
		kind_of<Promotion>(test::promotion()),
		kind_of<PromotionOfAll>(test::promotion_of_all()),
		kind_of<Block>(test::block()),
		kind_of<NewToken>(test::new_token()),
		kind_of<Removal>(test::removal()),
		kind_of<Tokens>(test::tokens()),
		kind_of<Machines>(test::machines()),
		kind_of<Audit>(test::audit())};
}

}

TEST(protocol_documents, each_is_read_and_written_without_a_change)
{
	for (const Kind &kind : kinds()) {
		Checked<json> again = kind.reread(kind.example.dump());
		EXPECT_EQ(said(again), "no fault") << kind.example;
		EXPECT_EQ(*again, kind.example);
	}
}

TEST(protocol_documents, readers_and_schemas_refuse_the_same)
{
	test::expect_agreement(kinds(), 2000, 1000,
			       {"in the order of its versions",
				"'replacement' is not a whole number",
				"is not a list of modules of this kernel"});
}

TEST(protocol_documents, a_field_that_is_not_known_is_named)
{
	json document = test::check_in();
	document["held"][0]["until"] = 1;
	EXPECT_EQ(said(read<CheckIn>(document.dump())),
		  "malformed: klp.checkin/1: held: 'until' is not known");
	document = test::report();
	document["schema"] = "klp.report/2";
	EXPECT_EQ(said(read<Report>(document.dump())),
		  "malformed: klp.report/1: 'schema' is not klp.report/1");
}

TEST(protocol_documents, sizes_and_counts_have_limits)
{
	std::string large(largest_document + 1, ' ');
	EXPECT_EQ(said(read<Health>(large)),
		  "endless: klp.health/1: has 65537 bytes, more than 65536");
	json document = test::check_in();
	document["applied"] = std::vector<json>(17, {{"version", 1}, {"since", 0}});
	EXPECT_EQ(said(read<CheckIn>(document.dump())),
		  "malformed: klp.checkin/1: 'applied' is not a list, with members from 0 to 16");
	document = test::attach();
	for (int i = 0; i < 15; i++)
		document["tags"]["t" + std::to_string(i)] = "x";
	EXPECT_EQ(said(read<Attach>(document.dump())),
		  "malformed: klp.attach/1: 'tags' is not at most 16 tags");
}

// Documents with as much as each list may have, and the longest texts.
TEST(protocol_documents, one_that_is_within_the_limits_on_counts_is_read)
{
	std::string name(longest_component, 'n'), text = repeated("é", longest_line);
	auto many = [](size_t count, const std::function<json(size_t)> &member) {
		json list = json::array();
		for (size_t i = 0; i < count; i++)
			list.push_back(member(i));
		return list;
	};
	auto name_of = [&](size_t i) { return std::to_string(i + 10'000) + name.substr(5); };
	auto cve_of = [](size_t i) { return "CVE-2026-" + std::to_string(10'000'000'000 + i); };
	json support = test::kernel_support(), notice = test::notice(), offers = test::offers();
	json recalls = test::recalls(), patch = test::patch_facts(), check_in = test::check_in();
	support["approved"] = many(200, [&](size_t i) -> json {
		return {{"version", 2'000'000'000 + i},
			{"sha256", test::digest},
			{"cves", many(500, cve_of)},
			{"tiers", many(16, name_of)}};
	});
	notice["kernels"] = many(500, [&](size_t i) -> json {
		json kernel = {{"release", name_of(i)}, {"build_id", std::string(64, 'b')}};
		return {{"kernel", kernel}, {"package", name}, {"package_version", text}};
	});
	notice["cves"] = many(200, [&](size_t i) -> json {
		return {{"cve", cve_of(i)}, {"severity", "critical"}};
	});
	offers["offers"] = many(100, [&](size_t i) -> json {
		json offer = test::offers()["offers"][0];
		offer["version"] = 2'000'000'000 + i;
		std::string path = "patches/6.1.0-55-amd64/" + test::build_id + "/";
		offer["path"] = path + std::string(125, 'k') + ".ko";
		return offer;
	});
	recalls["recalls"] = many(500, [&](size_t i) -> json {
		return {{"version", i + 1}, {"action", "stop-new"}, {"reason", text}};
	});
	patch["replaces"] = many(2000, name_of);
	for (const char *list : {"held", "failed"})
		check_in[list] = many(16, [&](size_t i) -> json {
			return {{"version", i + 1}, {"reason", text}};
		});
	json machines = test::machines();
	json tags = json::object();
	for (size_t i = 0; i < 16; i++)
		tags[name_of(i)] = name;
	machines["machines"] = many(1000, [&](size_t) {
		json machine = test::machines()["machines"][0];
		for (const char *field : {"id", "token", "host"})
			machine[field] = name;
		machine["tags"] = tags;
		machine["reason"] = repeated("\xf0\x9f\x98\x80", longest_line);
		return machine;
	});
	EXPECT_EQ(said(read<Machines>(machines.dump())), "no fault");
	// As klp-admin may write it, for people.
	EXPECT_EQ(said(read<KernelSupport>(support.dump(1, '\t'))), "no fault");
	EXPECT_EQ(said(read<Notice>(notice.dump(1, '\t'))), "no fault");
	EXPECT_EQ(said(read<Offers>(offers.dump(1, '\t'))), "no fault");
	EXPECT_EQ(said(read<Recalls>(recalls.dump(1, '\t'))), "no fault");
	EXPECT_EQ(said(read<PatchFacts>(patch.dump(1, '\t'))), "no fault");
	EXPECT_EQ(said(read<CheckIn>(check_in.dump())), "no fault");
	std::string large(largest_published + 1, ' ');
	EXPECT_EQ(said(read<Notice>(large)),
		  "endless: klp.notice/1: has 4194305 bytes, more than 4194304");
}

// A schema cannot say it: to JSON Schema 1e1 is an integer.
TEST(protocol_documents, a_number_has_no_point_and_no_exponent)
{
	for (const char *minutes : {"5.0", "5e0", "1E1"}) {
		std::string text = test::report().dump();
		text.replace(text.find("\"minutes\":5"), 11, std::string("\"minutes\":") + minutes);
		EXPECT_EQ(said(read<Report>(text)), "malformed: klp.report/1: the number '" +
							    std::string(minutes) +
							    "' is no whole number of 64 bits");
	}
}

TEST(protocol_documents, an_online_role_has_a_key_of_ed25519)
{
	json document = test::hub_facts();
	klp::tuf::SigningKey key =
		*klp::tuf::SigningKey::make(klp::tuf::SigningKey::Kind::ecdsa_p256);
	document["tiers"] = key.public_key();
	EXPECT_EQ(
		said(read<HubFacts>(document.dump())),
		"malformed: klp.hub/1: 'tiers' is not a public key of ed25519 as metadata states it");
	document["tiers"] = test::hub_facts()["tiers"];
	document["tiers"]["keyval"]["public"] = std::string(64, '0');
	EXPECT_FALSE(read<HubFacts>(document.dump()));
}

TEST(protocol_documents, a_nul_and_orders_to_terminals_are_no_text)
{
	for (const char *text : {"a\\u0000b", "a\\u001b[2Jb", "a\\u202eb", "a\\nb", "\\u0085"}) {
		std::string document = test::problem().dump();
		document.replace(document.find("the plan"), 8, text);
		EXPECT_TRUE(said(read<Problem>(document))
				    .starts_with("malformed: klp.problem/1: 'message' is not one "
						 "line of printable text"))
			<< text;
	}
}

TEST(protocol_documents, a_machine_without_visible_build_id_says_so)
{
	json document = test::check_in();
	document["kernel"].erase("build_id");
	Checked<CheckIn> check_in = read<CheckIn>(document.dump());
	ASSERT_EQ(said(check_in), "no fault");
	EXPECT_EQ(check_in->facts.kernel.build_id, std::nullopt);
	EXPECT_EQ(check_in->to_json(), document);
}

TEST(protocol_documents, what_is_published_agrees_with_itself)
{
	json document = test::recalls();
	document["recalls"][0]["replacement"] = 7;
	EXPECT_EQ(said(read<Recalls>(document.dump())),
		  "malformed: klp.recalls/1: recalls: 'replacement' is not a whole number from 8 "
		  "to 2147483647");
	document = test::recalls();
	document["recalls"][1]["version"] = 7;
	EXPECT_EQ(said(read<Recalls>(document.dump())),
		  "malformed: klp.recalls/1: 'recalls' is not a list with one member a version");
	document = test::offers();
	document["offers"][0]["path"] = "patches/6.1.0-55-amd64/00/klp_ext4_12.ko";
	EXPECT_EQ(said(read<Offers>(document.dump())),
		  "malformed: klp.tier/1: 'offers' is not a list of modules of this kernel, each "
		  "in patches/RELEASE/BUILDID");
	document = test::notice();
	document["kernels"][1]["kernel"] = document["kernels"][0]["kernel"];
	EXPECT_EQ(said(read<Notice>(document.dump())),
		  "malformed: klp.notice/1: 'kernels' is not a list with one member a kernel");
	document = test::notice();
	document["cves"].push_back({{"cve", "CVE-2026-72350"}, {"severity", "low"}});
	EXPECT_EQ(said(read<Notice>(document.dump())),
		  "malformed: klp.notice/1: 'cves' is not a list with one member a CVE");
	document = test::kernel_support();
	std::swap(document["approved"][0], document["approved"][1]);
	EXPECT_EQ(said(read<KernelSupport>(document.dump())),
		  "malformed: klp.kernel/1: 'approved' is not in the order of its versions");
	document = test::kernel_support();
	document["state"] = "supported";
	EXPECT_EQ(said(read<KernelSupport>(document.dump())),
		  "malformed: klp.kernel/1: 'notices' is not only there with "
		  "kernel-upgrade-required");
}

TEST(protocol_names, a_component_is_no_way_out_of_a_folder)
{
	for (const char *name : {"6.1.0-55-amd64", "a", "+", "_", "a..b", "ACME-0012-1"})
		EXPECT_TRUE(is_component(name)) << name;
	for (const char *name : {"", ".", "..", ".part", "a/b", "a%2fb", "a\\b", "a b", "\xc3\xa4"})
		EXPECT_FALSE(is_component(name)) << name;
	EXPECT_TRUE(is_component(std::string(128, 'a')));
	EXPECT_FALSE(is_component(std::string(129, 'a')));
}
