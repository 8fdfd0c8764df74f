// SPDX-License-Identifier: LGPL-2.1-or-later
#include "machines.hpp"

namespace klp::store {

// In the order that machine_from() reads.
static const char *const select_machines =
	"select id, token, secret_sha256, ephemeral, facts, attached, seen, counter, cloned, state, "
	"detached from machines ";

static Machine machine_from(const Row &row)
{
	return Machine{row.text(0),	    row.text(1),       row.text(2),	    row.flag(3),
		       row.text(4),	    row.number(5),     row.number(6),	    row.number(7),
		       row.maybe_number(8), row.maybe_text(9), row.maybe_number(10)};
}

static Result<std::optional<Machine>> machine_where(Database &database, const char *column,
						    const std::string &value)
{
	std::string sql = std::string(select_machines) + "where " + column + " = $1";
	std::optional<Row> row = TRY(database.row(sql.c_str(), {value}));
	if (!row)
		return std::nullopt;
	return machine_from(*row);
}

Result<std::optional<Machine>> machine_of_id(Database &database, const std::string &id)
{
	return machine_where(database, "id", id);
}

Result<std::optional<Machine>> machine_of_secret(Database &database,
						 const std::string &secret_sha256)
{
	return machine_where(database, "secret_sha256", secret_sha256);
}

Result<std::vector<Machine>> attached_machines(Database &database, int64_t most)
{
	std::string sql = std::string(select_machines) +
			  "where detached is null order by seen desc, id limit $1";
	std::vector<Row> rows = TRY(database.rows(sql.c_str(), {most}));
	std::vector<Machine> machines;
	for (const Row &row : rows)
		machines.push_back(machine_from(row));
	return machines;
}

Result<bool> detach_machine(Database &database, const std::string &id, int64_t now)
{
	int64_t changed = TRY(database.change(
		"update machines set detached = $2 where id = $1 and detached is null", {id, now}));
	return changed > 0;
}

bool has_place(const Machine &machine, int64_t now)
{
	int64_t silence = machine.ephemeral ? ephemeral_silence : longest_silence;
	return !machine.detached && machine.seen > now - silence;
}

// The same condition. It reads all machines of the token by their index: 0.2 s for 150,000 of them.
Result<int64_t> places_taken(Database &database, const std::string &token, int64_t now)
{
	std::optional<Row> row =
		TRY(database.row("select count(*) from machines where token = $1 and "
				 "detached is null and ((ephemeral = 1 and seen > $2) or "
				 "(ephemeral = 0 and seen > $3))",
				 {token, now - ephemeral_silence, now - longest_silence}));
	return row->number(0);
}

Result<> put_machine(Database &database, const Machine &machine)
{
	TRY(database.change("insert into machines (id, token, secret_sha256, ephemeral, facts, "
			    "attached, seen, counter, cloned, state, detached) "
			    "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
			    "on conflict (id) do update set token = excluded.token, "
			    "secret_sha256 = excluded.secret_sha256, "
			    "ephemeral = excluded.ephemeral, facts = excluded.facts, "
			    "attached = excluded.attached, seen = excluded.seen, "
			    "counter = excluded.counter, cloned = excluded.cloned, "
			    "state = excluded.state, detached = excluded.detached",
			    {machine.id, machine.token, machine.secret_sha256,
			     int64_t{machine.ephemeral}, machine.facts, machine.attached,
			     machine.seen, machine.counter, value_of(machine.cloned),
			     value_of(machine.state), value_of(machine.detached)}));
	return {};
}

Result<> note_check_in(Database &database, const Machine &machine, int64_t counter,
		       const std::string &state, int64_t now)
{
	if (machine.state == state) {
		TRY(database.change("update machines set counter = $2, seen = $3 where id = $1",
				    {machine.id, counter, now}));
		return {};
	}
	TRY(database.change("update machines set counter = $2, seen = $3, state = $4 "
			    "where id = $1",
			    {machine.id, counter, now, state}));
	TRY(database.change("insert into check_ins (machine, counter, time, state) "
			    "values ($1, $2, $3, $4) on conflict (machine, counter) do nothing",
			    {machine.id, counter, now, state}));
	// One goes for each that comes.
	TRY(database.change("delete from check_ins where machine = $1 and counter = "
			    "(select counter from check_ins where machine = $1 "
			    "order by counter desc limit 1 offset $2)",
			    {machine.id, kept_check_ins}));
	return {};
}

Result<> note_clone(Database &database, const Machine &machine, int64_t now)
{
	TRY(database.change("update machines set cloned = $2 where id = $1 and cloned is null",
			    {machine.id, now}));
	return {};
}

Result<bool> add_report(Database &database, const ReportRow &report)
{
	int64_t added = TRY(database.change(
		"insert into reports (machine, number, time, release, build_id, version, step, "
		"report) values ($1, $2, $3, $4, $5, $6, $7, $8) "
		"on conflict (machine, number) do nothing",
		{report.machine, report.number, report.time, report.release, report.build_id,
		 report.version, report.step, report.report}));
	if (added > 0) {
		TRY(database.change("delete from reports where machine = $1 and number = "
				    "(select number from reports where machine = $1 "
				    "order by time desc, number desc limit 1 offset $2)",
				    {report.machine, kept_reports}));
		return true;
	}
	std::optional<Row> row = TRY(database.row(
		"select number from reports where machine = $1 and number = $2 and report = $3",
		{report.machine, report.number, report.report}));
	return row.has_value();
}

}
