// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes the corpus of the fuzz target: write-protocol-corpus FOLDER. A file's name tells its kind:
// valid-*, malformed-*, or any-* where either is right.
#include "../test/examples.hpp"
#include "../token.hpp"

#include <cstdio>
#include <random>

using namespace klp::protocol;
using nlohmann::json;

static std::string folder;
static bool failed;

static void write(const std::string &name, const std::string &bytes)
{
	FILE *file = fopen((folder + "/" + name).c_str(), "w");
	failed |= !file || fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size();
	failed |= !file || fclose(file) != 0;
}

static void write_document(const json &document, std::mt19937 *random)
{
	std::string name = document["schema"];
	name[name.find('/')] = '.';
	write("valid-" + name, document.dump());
	json changed = document;
	changed["of_tomorrow"] = 1;
	write("malformed-" + name + "-more", changed.dump());
	for (const auto &[field, value] : document.items()) {
		changed = document;
		changed[field] = nullptr;
		write("malformed-" + name + "-odd-" + field, changed.dump());
	}
	for (int i = 0; i < 8; i++) {
		std::string text = document.dump();
		for (int flips = 1 << i % 4; flips > 0; flips--)
			text[(*random)() % text.size()] ^= 1 << (*random)() % 8;
		write("any-" + name + "-" + std::to_string(i), text);
	}
}

int main(int, char **arguments)
{
	folder = arguments[1];
	// The same on every machine: the generator's sequence is part of the standard.
	std::mt19937 random(1);
	for (const json &document : {test::token(),	     test::attach(),
				     test::attached(),	     test::check_in(),
				     test::checked_in(),     test::report(),
				     test::problem(),	     test::health(),
				     test::hub_facts(),	     test::patch_facts(),
				     test::kernel_support(), test::recalls(),
				     test::offers(),	     test::notice(),
				     test::access(),	     test::identity(),
				     test::upload(),	     test::published(),
				     test::stored(),	     test::tiers(),
				     test::promotion(),	     test::promotion_of_all(),
				     test::block(),	     test::new_token(),
				     test::removal(),	     test::tokens(),
				     test::machines(),	     test::audit()})
		write_document(document, &random);
	std::string token = Token::parse(test::token())->text();
	write("valid-token", token);
	write("malformed-token-cut", token.substr(0, token.size() - 1));
	write("malformed-empty", "");
	write("malformed-depth", std::string(60'000, '['));
	write("malformed-large", std::string(largest_published + 1, ' '));
	return failed;
}
