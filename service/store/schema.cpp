// SPDX-License-Identifier: LGPL-2.1-or-later
#include "schema.hpp"

#include <cerrno>
#include <iterator>

namespace klp::store {

namespace {

// The statements that lead from one version to the next. A released step never changes: a change of
// the tables is another step.
const std::vector<const char *> steps[] = {
	{
		"create table organisations ("
		"	name text primary key,"
		"	created bigint not null)",
		// machine_limit: null for none. secret_sha256 is all that is kept of the secret.
		"create table tokens ("
		"	id text primary key,"
		"	organisation text not null references organisations (name),"
		"	secret_sha256 text not null unique,"
		"	plan text not null,"
		"	machine_limit bigint,"
		"	tier text not null,"
		"	created bigint not null,"
		"	expires bigint not null,"
		"	revoked bigint)",
		// state: the last check-in, JSON. cloned: when a counter was seen that is not above
		// all earlier ones.
		"create table machines ("
		"	id text primary key,"
		"	token text not null references tokens (id),"
		"	secret_sha256 text not null unique,"
		"	ephemeral bigint not null,"
		"	facts text not null,"
		"	attached bigint not null,"
		"	seen bigint not null,"
		"	counter bigint not null,"
		"	cloned bigint,"
		"	state text,"
		"	detached bigint)",
		"create index machines_of_token on machines (token, seen)",
		// One row for each check-in whose state differs from that before.
		"create table check_ins ("
		"	machine text not null references machines (id),"
		"	counter bigint not null,"
		"	time bigint not null,"
		"	state text not null,"
		"	primary key (machine, counter))",
		// time is the hub's; the machine's own is in the document.
		"create table reports ("
		"	machine text not null references machines (id),"
		"	number bigint not null,"
		"	time bigint not null,"
		"	release text not null,"
		"	build_id text not null,"
		"	version bigint not null,"
		"	step text not null,"
		"	report text not null,"
		"	primary key (machine, number))",
		"create index reports_of_version on reports (release, build_id, version, step)",
		// Changes by people, by the hub, and by machines, whose actor is "token ID".
		// subject: what was changed.
		"create table audit ("
		"	id text primary key,"
		"	time bigint not null,"
		"	actor text not null,"
		"	action text not null,"
		"	subject text not null,"
		"	details text not null)",
		"create index audit_by_time on audit (time)",
	},
	{
		// People's own tokens, for the API below /v1/admin.
		"create table admins ("
		"	name text primary key,"
		"	role text not null,"
		"	secret_sha256 text not null unique,"
		"	created bigint not null,"
		"	expires bigint not null)",
		"create table tiers ("
		"	name text primary key,"
		"	place bigint not null unique)",
		"insert into tiers (name, place) values "
		"('edge', 0), ('beta', 1), ('candidate', 2), ('stable', 3)",
	},
	{
		// A check-in changes seen, and need not write an index for it.
		"drop index machines_of_token",
		"create index machines_of_token on machines (token)",
	},
};

Result<int64_t> version_of(Database &database)
{
	std::optional<Row> row =
		TRY(database.row("select value from facts where name = 'schema'", {}));
	return row ? row->number(0) : 0;
}

// Another process may have made the step since version_of() was called outside.
Result<> make_step(Database &database, int64_t version)
{
	Transaction transaction = TRY(Transaction::begin(database));
	int64_t present = TRY(version_of(database));
	if (present >= version)
		return {};
	for (const char *sql : steps[version - 1])
		TRY(database.change(sql, {}));
	TRY(database.change("insert into facts (name, value) values ('schema', $1) "
			    "on conflict (name) do update set value = excluded.value",
			    {version}));
	return transaction.commit();
}

}

const int64_t schema_version = std::size(steps);

Result<> migrate(Database &database)
{
	TRY(database.change("create table if not exists facts ("
			    "name text primary key, value bigint not null)",
			    {}));
	int64_t version = TRY(version_of(database));
	if (version > schema_version)
		return fail(ENOTSUP,
			    "the database's tables are of version %lld, and this program knows "
			    "%lld; use a later program",
			    static_cast<long long>(version),
			    static_cast<long long>(schema_version));
	while (version < schema_version)
		TRY(make_step(database, ++version));
	return {};
}

Result<bool> has_tables(Database &database)
{
	bool has_facts = TRY(database.has_table("facts"));
	if (!has_facts)
		return false;
	int64_t version = TRY(version_of(database));
	return version > 0;
}

}
