// SPDX-License-Identifier: LGPL-2.1-or-later
// A document of each schema, with all fields that it may have.
#pragma once

#include <nlohmann/json.hpp>

namespace klp::protocol::test {

inline const std::string build_id = "0f1e2d3c4b5a69788796a5b4c3d2e1f001234567";
inline const std::string digest =
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
inline const std::string secret = "dGhlcmUgYXJlIDMyIGJ5dGVzIGluIHRoaXMgdGV4dCE";
inline const std::string boot_id = "a6b5c4d3-0000-4fff-8fff-0123456789ab";
inline const nlohmann::json kernel = {{"release", "6.1.0-55-amd64"}, {"build_id", build_id}};

inline nlohmann::json token()
{
	return {{"schema", "klp.token/1"}, {"hub", "https://hub.example:8443"},
		{"pin", digest},	   {"root_version", 3},
		{"root_sha256", digest},   {"expires", 1'800'000'000},
		{"secret", secret}};
}

inline nlohmann::json attach()
{
	return {{"schema", "klp.attach/1"},
		{"machine", "00112233445566778899aabbccddeeff"},
		{"secret", secret},
		{"ephemeral", true},
		{"kernel", kernel},
		{"host", "db1.example"},
		{"tags", {{"role", "db"}, {"site", "north-2"}}}};
}

inline nlohmann::json attached()
{
	return {{"schema", "klp.attach-answer/1"},
		{"organisation", "Example & Söhne"},
		{"plan", "personal"},
		{"tier", "stable"},
		{"machines", 2},
		{"limit", 3},
		{"interval", 1800}};
}

inline nlohmann::json check_in()
{
	return {{"schema", "klp.checkin/1"},
		{"counter", 17},
		{"boot_id", boot_id},
		{"agent", "0.1.0"},
		{"verdict", "at-risk"},
		{"reason", "patch 13 is held (oops in ext4_mb_load_buddy_gfp); 12 is active"},
		{"applied", {{{"version", 12}, {"since", 1'790'000'000}}}},
		{"held", {{{"version", 13}, {"reason", "oops in ext4_mb_load_buddy_gfp"}}}},
		{"failed", {{{"version", 11}, {"reason", "the transition did not end"}}}},
		{"refused", {{{"version", 14}, {"why", "mixed"}, {"reason", "releases has none"}}}},
		{"repository", "rollback"},
		{"next_boot", {{"release", "6.1.0-56-amd64"}, {"build_id", build_id}}},
		{"kernel", kernel},
		{"host", "db1"},
		{"tags", {{"role", "db"}}}};
}

inline nlohmann::json checked_in()
{
	return {{"schema", "klp.checkin-answer/1"},
		{"interval", 1800},
		{"tier", "stable"},
		{"reattach", false},
		{"time", 1'790'000'000}};
}

inline nlohmann::json report()
{
	return {{"schema", "klp.report/1"},
		{"number", 4},
		{"kernel", kernel},
		{"boot_id", boot_id},
		{"version", 12},
		{"step", "probation"},
		{"time", 1'790'000'000},
		{"minutes", 5},
		{"reason", "a check of health.d failed"}};
}

inline nlohmann::json problem()
{
	return {{"schema", "klp.problem/1"},
		{"problem", "limit"},
		{"message", "the plan 'personal' has 3 machines"}};
}

inline nlohmann::json health()
{
	return {{"schema", "klp.health/1"}, {"version", "0.1.0"}};
}

// The public key is that of the first test of RFC 8032.
inline nlohmann::json hub_facts()
{
	nlohmann::json key = {
		{"keytype", "ed25519"},
		{"scheme", "ed25519"},
		{"keyval",
		 {{"public", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"}}}};
	return {{"schema", "klp.hub/1"}, {"address", "https://[::1]:8443"},
		{"pin", digest},	 {"snapshot", key},
		{"timestamp", key},	 {"tiers", key}};
}

inline nlohmann::json patch_facts()
{
	return {{"schema", "klp.patch/1"},
		{"version", 12},
		{"build_id", build_id},
		{"modules", {{"ext4", build_id}}},
		{"replaces", {"ext4_mb_init_group", "ext4_mb_load_buddy_gfp"}},
		{"removable", true}};
}

inline nlohmann::json kernel_support()
{
	return {{"schema", "klp.kernel/1"},
		{"kernel", kernel},
		{"state", "kernel-upgrade-required"},
		{"since", 1'790'000'000},
		{"fixed_in", "6.1.176-1"},
		{"covered_until", 1'800'000'000},
		{"minimum_version", 11},
		{"notices", {"ACME-0012-1"}},
		{"approved",
		 {{{"version", 11}, {"sha256", digest}, {"cves", nlohmann::json::array()}},
		  {{"version", 12},
		   {"sha256", digest},
		   {"cves", {"CVE-2026-4444", "CVE-2026-72350"}},
		   {"tiers", {"edge", "beta"}}}}}};
}

inline nlohmann::json recalls()
{
	return {{"schema", "klp.recalls/1"},
		{"kernel", kernel},
		{"recalls",
		 {{{"version", 7},
		   {"action", "replace-by"},
		   {"replacement", 8},
		   {"reason", "madvise() blocks under load"}},
		  {{"version", 5}, {"action", "stop-new"}, {"reason", "under examination"}}}}};
}

inline nlohmann::json offers()
{
	return {{"schema", "klp.tier/1"},
		{"tier", "stable"},
		{"kernel", kernel},
		{"offers",
		 {{{"version", 12},
		   {"path", "patches/6.1.0-55-amd64/" + build_id + "/klp_ext4_12.ko"},
		   {"length", 23456},
		   {"sha256", digest},
		   {"share", 1000}}}}};
}

inline nlohmann::json notice()
{
	return {{"schema", "klp.notice/1"},
		{"id", "ACME-0012-1"},
		{"title", "ext4: an oops as it writes back"},
		{"published", 1'790'000'000},
		{"cves", {{{"cve", "CVE-2026-72350"}, {"severity", "high"}}}},
		{"kernels",
		 {{{"kernel", kernel}, {"fixed_by", 12}},
		  {{"kernel", {{"release", "6.1.0-54-amd64"}, {"build_id", build_id}}},
		   {"package", "linux-image-amd64"},
		   {"package_version", "6.1.176-1"}}}}};
}

inline nlohmann::json access()
{
	return {{"schema", "klp.access/1"},
		{"hub", "https://hub.example:8443"},
		{"pin", digest},
		{"secret", secret},
		{"reach", "https://127.0.0.1:18443"}};
}

inline nlohmann::json identity()
{
	return {{"schema", "klp.identity/1"}, {"name", "anna"}, {"role", "operator"}};
}

inline nlohmann::json upload()
{
	return {{"schema", "klp.upload/1"},
		{"files", {{{"role", "releases"}, {"bytes", "{\n \"signed\": 1\n}"}}}}};
}

inline nlohmann::json published()
{
	return {{"schema", "klp.published/1"}, {"timestamp", 1'790'000'000}};
}

inline nlohmann::json stored()
{
	return {{"schema", "klp.stored/1"}, {"sha256", digest}, {"length", 23456}};
}

inline nlohmann::json tiers()
{
	return {{"schema", "klp.tiers/1"}, {"tiers", {"edge", "stable"}}};
}

inline nlohmann::json promotion()
{
	return {{"schema", "klp.promote/1"},
		{"kernel", kernel},
		{"version", 12},
		{"tier", "edge"},
		{"share", 1000}};
}

inline nlohmann::json promotion_of_all()
{
	return {{"schema", "klp.promote-all/1"}, {"from", "edge"}, {"to", "stable"}};
}

inline nlohmann::json block()
{
	return {{"schema", "klp.block/1"}, {"kernel", kernel}, {"version", 12}};
}

inline nlohmann::json new_token()
{
	return {{"schema", "klp.new-token/1"},
		{"id", "lab-1"},
		{"organisation", "Example"},
		{"plan", "organisation"},
		{"machines", 7},
		{"tier", "edge"},
		{"expires", 1'800'000'000},
		{"secret_sha256", digest}};
}

inline nlohmann::json removal()
{
	return {{"schema", "klp.removal/1"}, {"id", "lab-1"}};
}

inline nlohmann::json tokens()
{
	return {{"schema", "klp.tokens/1"},
		{"tokens",
		 {{{"id", "lab-1"},
		   {"organisation", "Example"},
		   {"plan", "organisation"},
		   {"tier", "edge"},
		   {"places", 2},
		   {"limit", 7},
		   {"created", 1'790'000'000},
		   {"expires", 1'800'000'000},
		   {"revoked", 1'790'000'001}}}}};
}

inline nlohmann::json machines()
{
	return {{"schema", "klp.machines/1"},
		{"machines",
		 {{{"id", "00112233445566778899aabbccddeeff"},
		   {"token", "lab-1"},
		   {"kernel", kernel},
		   {"host", "db1"},
		   {"tags", {{"role", "db"}}},
		   {"attached", 1'790'000'000},
		   {"seen", 1'790'000'001},
		   {"verdict", "ok"},
		   {"reason", "patch 12 is active"},
		   {"repository", "rollback"}}}}};
}

inline nlohmann::json audit()
{
	return {{"schema", "klp.audit/1"},
		{"entries",
		 {{{"time", 1'790'000'000},
		   {"actor", "anna"},
		   {"action", "patch promote"},
		   {"subject", "12 in edge"}}}}};
}

}
