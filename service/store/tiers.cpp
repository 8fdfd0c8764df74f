// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tiers.hpp"

namespace klp::store {

static std::vector<std::string> names_in(const std::vector<Row> &rows)
{
	std::vector<std::string> names;
	for (const Row &row : rows)
		names.push_back(row.text(0));
	return names;
}

Result<std::vector<std::string>> tiers(Database &database)
{
	std::vector<Row> rows = TRY(database.rows("select name from tiers order by place", {}));
	return names_in(rows);
}

Result<std::vector<std::string>> tiers_in_use(Database &database, int64_t now)
{
	std::vector<Row> rows =
		TRY(database.rows("select distinct tier from tokens "
				  "where (revoked is null and expires > $1) or "
				  "id in (select token from machines where detached is null) "
				  "order by tier",
				  {now}));
	return names_in(rows);
}

Result<> set_tiers(Database &database, const std::vector<std::string> &names)
{
	TRY(database.change("delete from tiers", {}));
	int64_t place = 0;
	for (const std::string &name : names)
		TRY(database.change("insert into tiers (name, place) values ($1, $2)",
				    {name, place++}));
	return {};
}

}
