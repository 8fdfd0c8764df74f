// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub's database. This header knows no SQLite: database.cpp alone does, and PostgreSQL can be a
// second one beside it, since one set of SQL texts suits both:
//
//	parameters are $1, $2, …; "insert … on conflict" and "returning" are alike in both; a time
//	is a bigint, in seconds since 1970, UTC; a flag is a bigint, 0 or 1; JSON is text that no
//	SQL looks into; keys are chosen by the hub, not counted by the database.
//
// Text has no NUL and is UTF-8: the documents' readers check it at the edge.
//
// Errors: EEXIST for a row that breaks a unique key, EBUSY for a lock that another process or
// thread kept too long, ENOSPC, ENOMEM, EBADMSG for a file that is no database, EINVAL for values
// that do not suit the SQL text, EIO otherwise. A message has the SQL text and the database's
// reason, and no value that was bound: hashes of secrets reach no log.
#pragma once

#include "../../libklp/try.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace klp::store {

// null, a number or a text.
using Value = std::variant<std::nullptr_t, int64_t, std::string>;

Value value_of(const std::optional<int64_t> &number);
Value value_of(const std::optional<std::string> &text);

// The values of one row, in the order of the query. A column of another type than the caller says
// is a fault of the hub's own SQL: it throws.
class Row {
public:
	explicit Row(std::vector<Value> values) : values_(std::move(values)) {}

	int64_t number(size_t column) const { return std::get<int64_t>(values_.at(column)); }
	bool flag(size_t column) const { return number(column) != 0; }
	const std::string &text(size_t column) const
	{
		return std::get<std::string>(values_.at(column));
	}
	std::optional<int64_t> maybe_number(size_t column) const;
	std::optional<std::string> maybe_text(size_t column) const;

private:
	std::vector<Value> values_;
};

// One connection. It belongs to one thread at a time; several, of several threads and processes,
// may be open on one database.
class Database {
public:
	// Makes the file if it is not there. A statement waits for another's lock for longest_wait;
	// its thread does nothing else meanwhile. ENOTSUP without a write-ahead log.
	static Result<Database> open(const std::string &path,
				     std::chrono::milliseconds longest_wait = patient);
	static constexpr std::chrono::seconds patient{5};
	Database(Database &&) noexcept;
	~Database();

	// The statement of a text is prepared once and kept: texts are constants, and values are
	// bound. values are $1, $2, ….
	Result<std::vector<Row>> rows(const char *sql, const std::vector<Value> &values);
	// The first row, if there is one.
	Result<std::optional<Row>> row(const char *sql, const std::vector<Value> &values);
	// The number of rows that it changed.
	Result<int64_t> change(const char *sql, const std::vector<Value> &values);

	Result<bool> has_table(const std::string &name);

	// A copy of the whole database, as it is at one instant, in a file that is not there yet.
	Result<> copy_to(const std::string &path);

private:
	friend class Transaction;
	struct Connection;

	explicit Database(std::unique_ptr<Connection> connection);
	Result<> use_log(const std::string &path);

	std::unique_ptr<Connection> connection_;
};

// Changes that are made while it lives are made by commit() at once, or not at all. It has the lock
// for writing from the beginning, so that nobody else changes the rows that it has read. One at a
// time for a Database, which has to outlive it.
class Transaction {
public:
	enum class Durability {
		synced, // commit() returns once it is on the disk
		// A power cut may undo the last ones, in their order; a crash of the hub does not.
		unsynced,
	};
	static Result<Transaction> begin(Database &database,
					 Durability durability = Durability::synced);
	Transaction(Transaction &&other) noexcept;
	~Transaction();

	Result<> commit();

private:
	Transaction(Database *database, Durability durability)
	    : database_(database), durability_(durability)
	{
	}
	void end(const char *sql);

	Database *database_; // null once it has ended
	Durability durability_;
};

}
