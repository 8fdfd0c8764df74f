// SPDX-License-Identifier: LGPL-2.1-or-later
#include "database.hpp"

#include <cerrno>
#include <cstring>
#include <map>
#include <sqlite3.h>
#include <utility>

namespace klp::store {

namespace {

struct CloseDatabase {
	void operator()(sqlite3 *database) const { sqlite3_close(database); }
};
struct EndStatement {
	void operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }
};
using Handle = std::unique_ptr<sqlite3, CloseDatabase>;
using Prepared = std::unique_ptr<sqlite3_stmt, EndStatement>;

int code_of(int result)
{
	switch (result & 0xff) {
	case SQLITE_CONSTRAINT: {
		bool is_key = result == SQLITE_CONSTRAINT_UNIQUE ||
			      result == SQLITE_CONSTRAINT_PRIMARYKEY;
		return is_key ? EEXIST : EIO;
	}
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EBUSY;
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return EBADMSG;
	case SQLITE_NOMEM:
		return ENOMEM;
	default:
		return EIO;
	}
}

// A file keeps the errno of its last failure: the write-ahead log, into which all is written, or
// else the database.
int last_errno(sqlite3 *handle)
{
	int error = 0;
	sqlite3_file *log = nullptr;
	sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (log && log->pMethods)
		log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
	if (error == 0)
		sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
	return error != 0 ? error : sqlite3_system_errno(handle);
}

// Why SQLite could not use a file; 0 where it was none. For a full disk it has a result of its own
// where it writes, and none where it syncs, or makes a file.
int file_error(sqlite3 *handle)
{
	switch (sqlite3_extended_errcode(handle) & 0xff) {
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return last_errno(handle);
	default:
		return 0;
	}
}

// SQLite's messages have names of tables and columns, and no values.
std::unexpected<Error> failed(sqlite3 *handle, const char *sql)
{
	int error = file_error(handle);
	if (error != 0)
		return fail(error == ENOSPC ? ENOSPC : EIO, "cannot use '%s': %s (%s); in '%s'",
			    sqlite3_db_filename(handle, "main"), strerror(error),
			    sqlite3_errmsg(handle), sql);
	return fail(code_of(sqlite3_extended_errcode(handle)), "database: %s; in '%s'",
		    sqlite3_errmsg(handle), sql);
}

// A statement that is reset at the end of its use, whatever happened: a kept statement in the
// middle of its rows would keep its lock.
class Statement {
public:
	Statement(sqlite3 *handle, sqlite3_stmt *statement, const char *sql)
	    : handle_(handle), statement_(statement), sql_(sql)
	{
	}
	Statement(const Statement &) = delete;
	~Statement()
	{
		sqlite3_reset(statement_);
		sqlite3_clear_bindings(statement_);
	}

	Result<> bind(const std::vector<Value> &values);
	Result<bool> step(); // true for a row
	Row row() const;

private:
	sqlite3 *handle_;
	sqlite3_stmt *statement_;
	const char *sql_;
};

// A text is the caller's until the reset.
int bind_value(sqlite3_stmt *statement, int place, const Value &value)
{
	if (const int64_t *number = std::get_if<int64_t>(&value))
		return sqlite3_bind_int64(statement, place, *number);
	if (const std::string *text = std::get_if<std::string>(&value))
		return sqlite3_bind_text64(statement, place, text->data(), text->size(),
					   SQLITE_STATIC, SQLITE_UTF8);
	return sqlite3_bind_null(statement, place);
}

// SQLite numbers parameters as it meets them, whatever stands behind the '$'.
Result<> Statement::bind(const std::vector<Value> &values)
{
	if (sqlite3_bind_parameter_count(statement_) != static_cast<int>(values.size()))
		return fail(EINVAL, "database: %zu values are bound; in '%s'", values.size(), sql_);
	for (size_t i = 0; i < values.size(); i++) {
		std::string name = "$" + std::to_string(i + 1);
		int place = sqlite3_bind_parameter_index(statement_, name.c_str());
		if (place == 0)
			return fail(EINVAL, "database: no parameter %s; in '%s'", name.c_str(),
				    sql_);
		if (bind_value(statement_, place, values[i]) != SQLITE_OK)
			return failed(handle_, sql_);
	}
	return {};
}

Result<bool> Statement::step()
{
	int result = sqlite3_step(statement_);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		return failed(handle_, sql_);
	return result == SQLITE_ROW;
}

Value value_at(sqlite3_stmt *statement, int column)
{
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_NULL:
		return nullptr;
	case SQLITE_INTEGER:
		return static_cast<int64_t>(sqlite3_column_int64(statement, column));
	default: {
		auto text = reinterpret_cast<const char *>(sqlite3_column_text(statement, column));
		return std::string(text, sqlite3_column_bytes(statement, column));
	}
	}
}

Row Statement::row() const
{
	std::vector<Value> values;
	for (int i = 0; i < sqlite3_column_count(statement_); i++)
		values.push_back(value_at(statement_, i));
	return Row(std::move(values));
}

}

Value value_of(const std::optional<int64_t> &number)
{
	return number ? Value(*number) : Value(nullptr);
}

Value value_of(const std::optional<std::string> &text)
{
	return text ? Value(*text) : Value(nullptr);
}

std::optional<int64_t> Row::maybe_number(size_t column) const
{
	if (std::holds_alternative<std::nullptr_t>(values_.at(column)))
		return std::nullopt;
	return number(column);
}

std::optional<std::string> Row::maybe_text(size_t column) const
{
	if (std::holds_alternative<std::nullptr_t>(values_.at(column)))
		return std::nullopt;
	return text(column);
}

struct Database::Connection {
	Handle handle;
	std::map<std::string, Prepared, std::less<>> kept; // by text; ends before the handle

	Result<Statement> statement(const char *sql);
	Result<> run(const char *sql);
};

// Nothing leaves the map, so sql has to be one of few texts: values are bound. A text that the same
// connection is in the middle of is not asked for again: rows() reads all rows first.
Result<Statement> Database::Connection::statement(const char *sql)
{
	auto found = kept.find(sql);
	if (found == kept.end()) {
		sqlite3_stmt *made = nullptr;
		if (sqlite3_prepare_v3(handle.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made,
				       nullptr) != SQLITE_OK)
			return failed(handle.get(), sql);
		found = kept.emplace(sql, made).first;
	}
	return Result<Statement>(std::in_place, handle.get(), found->second.get(), sql);
}

Result<> Database::Connection::run(const char *sql)
{
	if (sqlite3_exec(handle.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
		return failed(handle.get(), sql);
	return {};
}

Database::Database(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Database::Database(Database &&) noexcept = default;
Database::~Database() = default;

// busy_timeout comes before journal_mode: the switch to a write-ahead log needs a lock, too.
// synchronous=full: what was answered is there after a power cut.
Result<Database> Database::open(const std::string &path, std::chrono::milliseconds longest_wait)
{
	sqlite3 *opened = nullptr;
	constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int result = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
	auto connection = std::make_unique<Connection>();
	connection->handle.reset(opened);
	if (result != SQLITE_OK)
		return fail(code_of(result), "cannot open '%s': %s", path.c_str(),
			    sqlite3_errstr(result));
	sqlite3_extended_result_codes(opened, 1);
	sqlite3_busy_timeout(opened, static_cast<int>(longest_wait.count()));
	for (const char *sql : {"pragma synchronous = full", "pragma foreign_keys = on",
				"pragma trusted_schema = off"})
		TRY(connection->run(sql));
	Database database(std::move(connection));
	TRY(database.use_log(path));
	return database;
}

// SQLite answers with the mode that it keeps, and with no error, where it cannot change it: on a
// file system without shared memory, for example. Readers would then wait for each writer, and a
// check-in that is not synced could break the file.
Result<> Database::use_log(const std::string &path)
{
	std::optional<Row> row = TRY(this->row("pragma journal_mode = wal", {}));
	std::string mode = row ? row->text(0) : "none";
	if (mode != "wal" && mode != "memory")
		return fail(ENOTSUP,
			    "cannot use '%s': SQLite's journal there is '%s', expected a "
			    "write-ahead log; use a local file system",
			    path.c_str(), mode.c_str());
	return {};
}

Result<std::vector<Row>> Database::rows(const char *sql, const std::vector<Value> &values)
{
	Result<Statement> statement = connection_->statement(sql);
	if (!statement)
		return std::unexpected(statement.error());
	TRY(statement->bind(values));
	std::vector<Row> rows;
	while (true) {
		bool is_row = TRY(statement->step());
		if (!is_row)
			return rows;
		rows.push_back(statement->row());
	}
}

Result<std::optional<Row>> Database::row(const char *sql, const std::vector<Value> &values)
{
	std::vector<Row> found = TRY(rows(sql, values));
	if (found.empty())
		return std::nullopt;
	return std::move(found.front());
}

Result<int64_t> Database::change(const char *sql, const std::vector<Value> &values)
{
	TRY(rows(sql, values));
	return sqlite3_changes64(connection_->handle.get());
}

Result<bool> Database::has_table(const std::string &name)
{
	std::optional<Row> row = TRY(this->row(
		"select name from sqlite_schema where type = 'table' and name = $1", {name}));
	return row.has_value();
}

Result<> Database::copy_to(const std::string &path)
{
	TRY(rows("vacuum into $1", {path}));
	return {};
}

// SQLite syncs its log at each commit, or not: it is a setting of the connection, and is changed
// between transactions only.
Result<Transaction> Transaction::begin(Database &database, Durability durability)
{
	if (durability == Durability::unsynced)
		TRY(database.connection_->run("pragma synchronous = normal"));
	Transaction transaction(&database, durability);
	auto begun = database.rows("begin immediate", {});
	if (begun)
		return transaction;
	transaction.end(nullptr);
	return std::unexpected(begun.error());
}

Transaction::Transaction(Transaction &&other) noexcept
    : database_(std::exchange(other.database_, nullptr)), durability_(other.durability_)
{
}

// Without a transaction SQLite says so to a rollback, and the error is of no use to anybody: SQLite
// has rolled back by itself, after a full disk for example.
void Transaction::end(const char *sql)
{
	if (sql)
		(void)database_->connection_->run(sql);
	if (durability_ == Durability::unsynced)
		(void)database_->connection_->run("pragma synchronous = full");
	database_ = nullptr;
}

Transaction::~Transaction()
{
	if (database_)
		end("rollback");
}

// A commit that failed leaves the transaction open; the destructor ends it.
Result<> Transaction::commit()
{
	TRY(database_->rows("commit", {}));
	end(nullptr);
	return {};
}

}
