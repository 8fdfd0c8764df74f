// SPDX-License-Identifier: LGPL-2.1-or-later
// Holds readers of documents against the schemas of schema/, which are another statement of the
// same rules, by other means.
#pragma once

#include "../../tuf/test/test_said.hpp"
#include "../problem.hpp"
#include "../strict.hpp"
#include "examples.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>

namespace klp::protocol::test {

using nlohmann::json;
using tuf::test::said;

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

inline std::string repeated(const char *text, size_t count)
{
	std::string all;
	for (size_t i = 0; i < count; i++)
		all += text;
	return all;
}

// All documents that come of one change at the value, or below it: a field left out, a field too
// many, and each value replaced by odd ones. change() has the document as it then is.
inline void each_change(json *value, const std::function<void()> &change)
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
			    "a\n",
			    secret + "\n",
			    boot_id + "\n",
			    digest + "\n",
			    repeated("é", 200),
			    repeated("é", longest_line),
			    repeated("é", longest_line + 1),
			    repeated("é", longest_message + 1),
			    "https://h:65535",
			    "https://h:65536",
			    "https://h:70000",
			    "https://a..b",
			    "https://a-",
			    "https://[::]",
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

// Rules between fields, which a schema cannot have: refusals with one of these words.
using Excused = std::initializer_list<const char *>;

inline bool is_excused(const std::string &refusal, const Excused &excused)
{
	for (const char *words : excused)
		if (refusal.find(words) != std::string::npos)
			return true;
	return false;
}

// least is the number of documents that the changes make at least, and of those that are refused.
inline void expect_agreement(const std::vector<Kind> &kinds, size_t least, size_t least_refused,
			     const Excused &excused)
{
	std::string name = testing::TempDir() + "/klp-documents-XXXXXX";
	ASSERT_TRUE(mkdtemp(name.data()));
	std::filesystem::path folder = name;
	size_t count = 0;
	std::map<std::string, std::string> refused_by_reader; // file to message
	for (const Kind &kind : kinds) {
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
	EXPECT_GT(count, least);
	std::string command = "find " + folder.string() +
			      " -name '*.json' -print0 | xargs -0 schema/validate 2>" +
			      folder.string() + "/said";
	ASSERT_NE(system(command.c_str()), -1);
	std::map<std::string, std::string> refused_by_schema;
	std::ifstream lines(folder / "said");
	for (std::string text; std::getline(lines, text);)
		refused_by_schema[text.substr(0, text.find(": "))] = text;
	EXPECT_GT(refused_by_schema.size(), least_refused);
	size_t differences = 0;
	for (const auto &[file, refusal] : refused_by_reader) {
		std::ifstream stream(file);
		if (refusal.empty() == (refused_by_schema.count(file) == 0) ||
		    is_excused(refusal, excused) || differences++ > 20)
			continue;
		ADD_FAILURE() << stream.rdbuf() << "\nreader: " << refusal
			      << "\nschema: " << refused_by_schema[file];
	}
	std::filesystem::remove_all(folder);
}

}
