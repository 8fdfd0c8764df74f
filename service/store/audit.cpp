// SPDX-License-Identifier: LGPL-2.1-or-later
#include "audit.hpp"

namespace klp::store {

Result<> add_audit_entry(Database &database, const AuditEntry &entry)
{
	TRY(database.change(
		"insert into audit (id, time, actor, action, subject, details) "
		"values ($1, $2, $3, $4, $5, $6)",
		{entry.id, entry.time, entry.actor, entry.action, entry.subject, entry.details}));
	return {};
}

Result<std::vector<AuditEntry>> last_audit_entries(Database &database, int64_t most)
{
	std::vector<Row> rows =
		TRY(database.rows("select id, time, actor, action, subject, details from audit "
				  "where actor not like 'token %' "
				  "order by time desc, id desc limit $1",
				  {most}));
	std::vector<AuditEntry> entries;
	for (const Row &row : rows)
		entries.push_back({row.text(0), row.number(1), row.text(2), row.text(3),
				   row.text(4), row.text(5)});
	return entries;
}

}
