// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tokens.hpp"

#include <cerrno>

namespace klp::store {

Result<Plan> plan_of(const std::string &name, std::optional<int64_t> machines)
{
	if (machines && *machines < 1)
		return fail(EINVAL, "a limit of %lld machines is none; expected 1 or more",
			    static_cast<long long>(*machines));
	if (name == "organisation")
		return Plan{name, machines};
	if (name != "personal" && name != "community")
		return fail(EINVAL,
			    "the plan '%s' is not known; expected personal, community or "
			    "organisation",
			    name.c_str());
	if (machines)
		return fail(EINVAL, "the plan '%s' sets its limit itself", name.c_str());
	return Plan{name, name == "personal" ? 3 : 50};
}

// In the order that token_from() reads.
static const char *const select_tokens =
	"select id, organisation, secret_sha256, plan, machine_limit, tier, created, expires, "
	"revoked from tokens ";

static Token token_from(const Row &row)
{
	return Token{
		row.text(0), row.text(1),   row.text(2),   Plan{row.text(3), row.maybe_number(4)},
		row.text(5), row.number(6), row.number(7), row.maybe_number(8)};
}

Result<> add_token(Database &database, const Token &token)
{
	TRY(database.change("insert into organisations (name, created) values ($1, $2) "
			    "on conflict (name) do nothing",
			    {token.organisation, token.created}));
	TRY(database.change("insert into tokens (id, organisation, secret_sha256, plan, "
			    "machine_limit, tier, created, expires) "
			    "values ($1, $2, $3, $4, $5, $6, $7, $8)",
			    {token.id, token.organisation, token.secret_sha256, token.plan.name,
			     value_of(token.plan.machines), token.tier, token.created,
			     token.expires}));
	return {};
}

static Result<std::optional<Token>> token_where(Database &database, const char *column,
						const std::string &value)
{
	std::string sql = std::string(select_tokens) + "where " + column + " = $1";
	std::optional<Row> row = TRY(database.row(sql.c_str(), {value}));
	if (!row)
		return std::nullopt;
	return token_from(*row);
}

Result<std::optional<Token>> token_of_secret(Database &database, const std::string &secret_sha256)
{
	return token_where(database, "secret_sha256", secret_sha256);
}

Result<std::optional<Token>> token_of_id(Database &database, const std::string &id)
{
	return token_where(database, "id", id);
}

Result<std::vector<Token>> last_tokens(Database &database, int64_t most)
{
	std::string sql = std::string(select_tokens) + "order by created desc, id limit $1";
	std::vector<Row> rows = TRY(database.rows(sql.c_str(), {most}));
	std::vector<Token> tokens;
	for (const Row &row : rows)
		tokens.push_back(token_from(row));
	return tokens;
}

Result<bool> revoke_token(Database &database, const std::string &id, int64_t now)
{
	int64_t changed = TRY(database.change(
		"update tokens set revoked = $2 where id = $1 and revoked is null", {id, now}));
	return changed > 0;
}

}
