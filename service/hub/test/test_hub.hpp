// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../../protocol/secret.hpp"
#include "../../protocol/test/examples.hpp"
#include "../../store/schema.hpp"
#include "../../store/tokens.hpp"
#include "../handlers.hpp"

#include <gtest/gtest.h>

namespace klp::hub::test {

constexpr int64_t now = 1'790'000'000;

// The answer's status, and what its document says: "limit: the plan …".
inline std::string said(const Result<Answer> &answer)
{
	if (!answer)
		return "error: " + answer.error().message;
	std::string text = std::to_string(answer->status);
	const std::string &body = std::get<std::string>(answer->body);
	nlohmann::json document =
		body.empty() ? nlohmann::json::object() : nlohmann::json::parse(body);
	if (document.contains("problem"))
		text += " " + document["problem"].get<std::string>() + ": " +
			document["message"].get<std::string>();
	return text;
}

inline nlohmann::json document_of(const Result<Answer> &answer)
{
	return nlohmann::json::parse(std::get<std::string>(answer->body));
}

// 43 letters of base64url, the same for the same number.
inline std::string secret_of(int number)
{
	std::string digits = std::to_string(number);
	return std::string(42 - digits.size(), 's') + digits + "A";
}

// A database, in memory unless path says where, with a token of the plan; its secret is
// secret_of(0).
struct Hub {
	explicit Hub(const std::string &plan = "personal", const std::string &path = ":memory:")
	    : database(std::move(store::Database::open(path).value()))
	{
		EXPECT_TRUE(store::migrate(database));
		add_token("t0", 0, plan);
	}

	void add_token(const std::string &id, int secret, const std::string &plan,
		       int64_t expires = now + 1000 * 24 * 3600)
	{
		EXPECT_TRUE(store::add_token(database, {id,
							"Example",
							protocol::hash_of_secret(secret_of(secret)),
							*store::plan_of(plan, {}),
							"stable",
							now,
							expires,
							{}}));
	}

	Context context(int64_t later = 0) { return {&database, now + later, 1800}; }

	// Machine number has the id and the secret of this number, from 1.
	static nlohmann::json attach_document(int number)
	{
		nlohmann::json document = protocol::test::attach();
		std::string digits = std::to_string(number);
		document["machine"] = std::string(32 - digits.size(), '0') + digits;
		document["secret"] = secret_of(number);
		document["ephemeral"] = false;
		return document;
	}
	Result<Answer> attach(const nlohmann::json &document, int secret = 0, int64_t later = 0)
	{
		return hub::attach({"POST", "/v1/attach", secret_of(secret), document.dump()},
				   context(later));
	}
	Result<Answer> check_in(int number, int64_t counter, int64_t later = 0)
	{
		nlohmann::json document = protocol::test::check_in();
		document["counter"] = counter;
		return hub::check_in({"POST", "/v1/check-in", secret_of(number), document.dump()},
				     context(later));
	}
	Result<Answer> report(int number, const nlohmann::json &document = protocol::test::report())
	{
		return hub::report({"POST", "/v1/report", secret_of(number), document.dump()},
				   context());
	}
	int64_t rows(const std::string &table)
	{
		return database.row(("select count(*) from " + table).c_str(), {})
			.value()
			->number(0);
	}

	store::Database database;
};

}
