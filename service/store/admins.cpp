// SPDX-License-Identifier: LGPL-2.1-or-later
#include "admins.hpp"

namespace klp::store {

Result<> put_admin(Database &database, const Admin &admin)
{
	TRY(database.change(
		"insert into admins (name, role, secret_sha256, created, expires) "
		"values ($1, $2, $3, $4, $5) on conflict (name) do update set "
		"role = excluded.role, secret_sha256 = excluded.secret_sha256, "
		"created = excluded.created, expires = excluded.expires",
		{admin.name, admin.role, admin.secret_sha256, admin.created, admin.expires}));
	return {};
}

Result<std::optional<Admin>> admin_of_secret(Database &database, const std::string &secret_sha256)
{
	std::optional<Row> row =
		TRY(database.row("select name, role, secret_sha256, created, expires from admins "
				 "where secret_sha256 = $1",
				 {secret_sha256}));
	if (!row)
		return std::nullopt;
	return Admin{row->text(0), row->text(1), row->text(2), row->number(3), row->number(4)};
}

}
