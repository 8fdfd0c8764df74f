// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes the corpus of the fuzz target: write-tuf-corpus FOLDER.
#include "../../../libklp/fuzz/corpus_folder.hpp"

#include <nlohmann/json.hpp>
#include <random>
#include <string>

using namespace klp::test;

using nlohmann::json;

static const json ed25519 = {
	{"keytype", "ed25519"},
	{"scheme", "ed25519"},
	{"keyval",
	 {{"public", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"}}}};

// The generator of P-256.
static const json ecdsa = {
	{"keytype", "ecdsa"},
	{"scheme", "ecdsa-sha2-nistp256"},
	{"keyval",
	 {{"public", "-----BEGIN PUBLIC KEY-----\n"
		     "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
		     "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
		     "-----END PUBLIC KEY-----\n"}}}};

static json common(const char *type)
{
	return {{"_type", type},
		{"spec_version", "1.0.31"},
		{"version", 1},
		{"expires", "2099-01-01T00:00:00Z"}};
}

static json root()
{
	json role = {{"keyids", {"a", "b"}}, {"threshold", 1}}, content = common("root");
	content["consistent_snapshot"] = true;
	content["keys"] = {{"a", ed25519}, {"b", ecdsa}, {"c", {{"keytype", "future"}}}};
	for (const char *name : {"root", "timestamp", "snapshot", "targets"})
		content["roles"][name] = role;
	content["custom"] = {{"nested", {1, nullptr, true, "\n\"\\\u00e9"}}};
	return content;
}

static json facts(int version)
{
	return {{"version", version},
		{"length", 100},
		{"hashes", {{"sha256", std::string(64, 'a')}, {"other", "00"}}}};
}

static json timestamp()
{
	json content = common("timestamp");
	content["meta"] = {{"snapshot.json", facts(1)}};
	return content;
}

static json snapshot()
{
	json content = common("snapshot");
	content["meta"] = {{"targets.json", facts(1)}, {"../a.json", facts(2)}};
	return content;
}

static json targets()
{
	json content = common("targets");
	content["targets"]["a/f"] = {{"length", 5}, {"hashes", {{"sha256", std::string(64, 'a')}}}};
	json role = {{"name", "A"},
		     {"keyids", {"a"}},
		     {"threshold", 1},
		     {"terminating", true},
		     {"paths", {"a/*", "*?*b*"}}};
	json hashed = role;
	hashed.erase("paths");
	hashed["name"] = "../B";
	hashed["path_hash_prefixes"] = {"0", "ab"};
	content["delegations"] = {{"keys", {{"a", ed25519}}}, {"roles", {role, hashed}}};
	return content;
}

static json succinct()
{
	json content = targets();
	content["delegations"].erase("roles");
	content["delegations"]["succinct_roles"] = {
		{"keyids", {"a"}}, {"threshold", 1}, {"bit_length", 9}, {"name_prefix", "bin"}};
	return content;
}

static std::string file_of(const json &content)
{
	json signature = {{"keyid", "a"}, {"sig", std::string(128, '1')}};
	json other = {{"keyid", "b"}, {"sig", "3006020101020101"}};
	return json{{"signatures", {signature, other}}, {"signed", content}}.dump(1);
}

// Each field of the content left out, and made another type.
static void write_without(const std::string &name, const json &content, const char *kind)
{
	for (const auto &[field, value] : content.items()) {
		json changed = content;
		changed.erase(field);
		bool needed = field != "custom" && field != "consistent_snapshot" &&
			      field != "delegations";
		write_to_corpus((needed ? "malformed-" : kind) + name + "-without-" + field +
					".json",
				file_of(changed));
		changed[field] = 1.5;
		write_to_corpus("malformed-" + name + "-odd-" + field + ".json", file_of(changed));
	}
}

static void write_malformed()
{
	const std::string good = file_of(targets());
	write_to_corpus("malformed-empty.json", "");
	write_to_corpus("malformed-depth.json", std::string(100'000, '['));
	write_to_corpus("malformed-mark.json", "\xef\xbb\xbf" + good);
	write_to_corpus("malformed-tail.json", good + "{}");
	write_to_corpus("malformed-nul.json", good + std::string("\0{}", 3));
	write_to_corpus("malformed-utf8.json",
			"{\"signatures\": [], \"signed\": {\"\xc0\xaf\": 1}}");
	write_to_corpus("malformed-twice.json",
			"{\"signatures\": [], \"signatures\": [], \"signed\": {}}");
	write_to_corpus("malformed-large-number.json", "{\"signed\": 18446744073709551616}");
	for (size_t i = 0; i < 16; i++)
		write_to_corpus("malformed-cut-" + std::to_string(i) + ".json",
				good.substr(0, good.size() * i / 16));
}

// The same on every machine: the generator's sequence is part of the standard.
static void write_random()
{
	std::mt19937 random(1);
	for (int i = 0; i < 64; i++) {
		std::string file = file_of(i % 2 ? root() : targets());
		for (int flips = 1 << i % 4; flips > 0; flips--)
			file[random() % file.size()] ^= 1 << random() % 8;
		write_to_corpus("any-flipped-" + std::to_string(i) + ".json", file);
	}
}

int main(int, char **arguments)
{
	corpus_folder = arguments[1];
	const std::pair<const char *, json> contents[] = {{"root", root()},
							  {"timestamp", timestamp()},
							  {"snapshot", snapshot()},
							  {"targets", targets()},
							  {"succinct", succinct()}};
	for (const auto &[name, content] : contents) {
		write_to_corpus(std::string("valid-") + name + ".json", file_of(content));
		write_without(name, content, "valid-");
	}
	write_malformed();
	write_random();
	return corpus_failed;
}
