// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../../tuf/test/test_said.hpp"
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
#include "examples.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>

using namespace klp::protocol;
using klp::tuf::test::said;
using nlohmann::json;

namespace {

struct Kind {
	json example;
	// Reads a document and writes it again.
	std::function<Checked<json>(const std::string &)> reread;
};

template <class T> Kind kind_of(json example)
{
	return {std::move(example), [](const std::string &text) -> Checked<json> {
			T value = TRY(read<T>(text));
			return value.to_json();
		}};
}

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

// All documents that come of one change at the value, or below it: a field left out, a field too
// many, and each value replaced by odd ones. change() has the document as it then is.
void each_change(json *value, const std::function<void()> &change)
{
	const json odd[] = {nullptr,
			    false,
			    0,
			    1,
			    -1,
			    1.5,
			    "",
			    "a/b",
			    "..",
			    json::array(),
			    json::object(),
			    json::array({json::object()}),
			    "a\nb",
			    "\xd8\x9c",
			    std::string(64, 'g'),
			    1ull << 63,
			    253'402'300'800,
			    std::string(2000, 'a'),
			    json::array({"a", "a"}),
			    "CVE-26-1",
			    "https://h.example/path"};
	json before = *value;
	for (const json &other : odd) {
		*value = other;
		change();
	}
	*value = before;
	if (value->is_object()) {
		(*value)["of_tomorrow"] = 1;
		change();
		*value = before;
		for (const auto &[name, member] : before.items()) {
			value->erase(name);
			change();
			*value = before;
		}
	}
	if (value->is_structured())
		for (json &member : *value)
			each_change(&member, change);
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

// Rules between fields, which a schema cannot have.
static bool is_between_fields(const std::string &refusal)
{
	for (const char *words :
	     {"in the order of its versions", "'replacement' is not a whole number",
	      "is not a list of modules of this kernel"})
		if (refusal.find(words) != std::string::npos)
			return true;
	return false;
}

// The schemas of schema/ are another statement of the same rules, by other means.
TEST(protocol_documents, readers_and_schemas_refuse_the_same)
{
	std::filesystem::path folder = testing::TempDir() + "/klp-documents";
	std::filesystem::remove_all(folder);
	std::filesystem::create_directory(folder);
	size_t count = 0;
	std::map<std::string, std::string> refused_by_reader; // file to message
	for (const Kind &kind : kinds()) {
		json document = kind.example;
		each_change(&document, [&] {
			// A document of another schema is held against that one, and of none
			// against none.
			if (!document.is_object() ||
			    document.value("schema", json()) != kind.example["schema"])
				return;
			std::string file = folder / (std::to_string(count++) + ".json");
			std::ofstream(file) << document;
			Checked<json> read = kind.reread(document.dump());
			refused_by_reader[file] = read ? "" : said(read);
		});
	}
	EXPECT_GT(count, 2000u);
	std::string command = "find " + folder.string() +
			      " -name '*.json' -print0 | xargs -0 schema/validate 2>" +
			      folder.string() + "/said";
	ASSERT_NE(system(command.c_str()), -1);
	std::map<std::string, std::string> refused_by_schema;
	std::ifstream lines(folder / "said");
	for (std::string text; std::getline(lines, text);)
		refused_by_schema[text.substr(0, text.find(": "))] = text;
	EXPECT_GT(refused_by_schema.size(), 1000u);
	size_t differences = 0;
	for (const auto &[file, refusal] : refused_by_reader) {
		std::ifstream stream(file);
		if (refusal.empty() == (refused_by_schema.count(file) == 0) ||
		    is_between_fields(refusal) || differences++ > 20)
			continue;
		ADD_FAILURE() << stream.rdbuf() << "\nreader: " << refusal
			      << "\nschema: " << refused_by_schema[file];
	}
	std::filesystem::remove_all(folder);
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
	document = test::kernel_support();
	std::swap(document["approved"][0], document["approved"][1]);
	EXPECT_EQ(said(read<KernelSupport>(document.dump())),
		  "malformed: klp.kernel/1: 'approved' is not in the order of its versions");
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
