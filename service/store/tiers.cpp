// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tiers.hpp"

namespace klp::store {

Result<std::vector<std::string>> tiers(Database &database)
{
	std::vector<Row> rows = TRY(database.rows("select name from tiers order by place", {}));
	std::vector<std::string> names;
	for (const Row &row : rows)
		names.push_back(row.text(0));
	return names;
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
