// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../schema.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>

using namespace klp;
using namespace klp::store;

namespace {

class StoreDatabase : public testing::Test {
protected:
	void SetUp() override
	{
		std::filesystem::remove_all(folder_);
		std::filesystem::create_directory(folder_);
	}
	void TearDown() override { std::filesystem::remove_all(folder_); }

	Database open() { return std::move(Database::open(path()).value()); }
	std::string path() const { return folder_ / "hub.db"; }

	std::filesystem::path folder_ = testing::TempDir() + "/klp-store";
};

template <class T> std::string message(const Result<T> &result)
{
	return result ? "no error" : result.error().message;
}

}

TEST_F(StoreDatabase, a_value_comes_back_as_it_was_bound)
{
	Database database = open();
	ASSERT_EQ(message(database.change("create table t (a bigint, b text, c text)", {})),
		  "no error");
	std::string large(3'000'000, 'x');
	int64_t highest = 9'223'372'036'854'775'807;
	ASSERT_EQ(message(database.change("insert into t values ($3, $1, $2)",
					  {large, nullptr, highest})),
		  "no error");
	std::optional<Row> row = *database.row("select a, b, c from t where a = $1", {highest});
	ASSERT_TRUE(row);
	EXPECT_EQ(row->number(0), highest);
	EXPECT_EQ(row->text(1), large);
	EXPECT_EQ(row->maybe_text(2), std::nullopt);
	EXPECT_FALSE(*database.row("select a from t where b = $1", {"' or 1=1 --"}));
}

TEST_F(StoreDatabase, an_error_names_the_statement_and_no_value)
{
	Database database = open();
	ASSERT_TRUE(database.change("create table t (a text primary key)", {}));
	ASSERT_TRUE(database.change("insert into t values ($1)", {"a secret"}));
	Result<int64_t> again = database.change("insert into t values ($1)", {"a secret"});
	EXPECT_EQ(again.error().code, EEXIST);
	EXPECT_EQ(message(again),
		  "database: UNIQUE constraint failed: t.a; in 'insert into t values ($1)'");
	Result<int64_t> number = database.change("insert into t values ($1, $2)", {"x", "y"});
	EXPECT_EQ(number.error().code, EIO);
	EXPECT_EQ(message(database.change("insert into t values ($1)", {})),
		  "database: 0 values are bound; in 'insert into t values ($1)'");
	EXPECT_EQ(message(database.change("insert into t values ($2)", {"x"})),
		  "database: no parameter $1; in 'insert into t values ($2)'");
}

TEST_F(StoreDatabase, a_file_that_is_no_database_is_said_so)
{
	std::ofstream(path()) << std::string(5000, 'x');
	Result<Database> opened = Database::open(path());
	ASSERT_FALSE(opened);
	EXPECT_EQ(opened.error().code, EBADMSG);
	EXPECT_FALSE(Database::open(folder_ / "absent" / "hub.db"));
}

// SQLite keeps no write-ahead log for a file of its own, which has no name.
TEST_F(StoreDatabase, a_place_without_a_write_ahead_log_is_refused)
{
	Result<Database> opened = Database::open("");
	ASSERT_FALSE(opened);
	EXPECT_EQ(opened.error().code, ENOTSUP);
	EXPECT_EQ(message(opened), "cannot use '': SQLite's journal there is 'delete', expected a "
				   "write-ahead log; use a local file system");
}

TEST_F(StoreDatabase, a_lock_that_another_keeps_is_waited_for_as_long_as_the_caller_says)
{
	Database other = open();
	ASSERT_TRUE(other.change("create table t (a bigint)", {}));
	Result<Transaction> kept = Transaction::begin(other);
	ASSERT_EQ(message(kept), "no error");
	Result<Database> own = Database::open(path(), std::chrono::milliseconds(1));
	ASSERT_EQ(message(own), "no error");
	auto start = std::chrono::steady_clock::now();
	Result<Transaction> begun = Transaction::begin(*own);
	ASSERT_FALSE(begun);
	EXPECT_EQ(begun.error().code, EBUSY);
	EXPECT_EQ(message(begun), "database: database is locked; in 'begin immediate'");
	EXPECT_LT(std::chrono::steady_clock::now() - start, Database::patient);
	EXPECT_TRUE(own->rows("select a from t", {}));
}

TEST_F(StoreDatabase, a_transaction_that_is_not_committed_leaves_nothing)
{
	Database database = open();
	ASSERT_TRUE(database.change("create table t (a bigint)", {}));
	{
		Result<Transaction> transaction = Transaction::begin(database);
		ASSERT_TRUE(transaction);
		ASSERT_TRUE(database.change("insert into t values (1)", {}));
	}
	EXPECT_EQ(database.row("select count(*) from t", {}).value()->number(0), 0);
	{
		Result<Transaction> transaction = Transaction::begin(database);
		ASSERT_TRUE(transaction);
		ASSERT_TRUE(database.change("insert into t values (1)", {}));
		ASSERT_TRUE(transaction->commit());
	}
	EXPECT_EQ(database.row("select count(*) from t", {}).value()->number(0), 1);
}

TEST_F(StoreDatabase, a_transaction_that_is_not_synced_changes_no_later_one)
{
	Database database = open();
	ASSERT_TRUE(database.change("create table t (a bigint)", {}));
	auto setting = [&] { return database.row("pragma synchronous", {}).value()->number(0); };
	constexpr int64_t normal = 1, full = 2;
	for (bool commits : {false, true}) {
		Result<Transaction> transaction =
			Transaction::begin(database, Transaction::Durability::unsynced);
		ASSERT_EQ(message(transaction), "no error");
		EXPECT_EQ(setting(), normal);
		ASSERT_TRUE(database.change("insert into t values (1)", {}));
		if (commits) {
			ASSERT_EQ(message(transaction->commit()), "no error");
		}
		EXPECT_EQ(setting(), commits ? full : normal);
	}
	EXPECT_EQ(setting(), full);
	EXPECT_EQ(database.row("select count(*) from t", {}).value()->number(0), 1);
	// No second transaction in one: an error leaves the setting, too.
	Result<Transaction> first = Transaction::begin(database);
	EXPECT_FALSE(Transaction::begin(database, Transaction::Durability::unsynced));
}

// Each thread reads and then writes what it has read, plus one.
TEST_F(StoreDatabase, transactions_of_several_connections_follow_each_other)
{
	Database database = open();
	ASSERT_TRUE(database.change("create table t (a bigint)", {}));
	ASSERT_TRUE(database.change("insert into t values (0)", {}));
	auto count = [&] {
		Database own = open();
		for (int i = 0; i < 50; i++) {
			Result<Transaction> transaction = Transaction::begin(own);
			ASSERT_EQ(message(transaction), "no error");
			int64_t value = own.row("select a from t", {}).value()->number(0);
			ASSERT_TRUE(own.change("update t set a = $1", {value + 1}));
			ASSERT_EQ(message(transaction->commit()), "no error");
		}
	};
	{
		std::jthread one(count), two(count), three(count);
	}
	EXPECT_EQ(database.row("select a from t", {}).value()->number(0), 150);
}

TEST_F(StoreDatabase, a_copy_is_a_database_of_its_own)
{
	Database database = open();
	ASSERT_TRUE(migrate(database));
	ASSERT_EQ(message(database.copy_to(folder_ / "copy.db")), "no error");
	EXPECT_FALSE(database.copy_to(folder_ / "copy.db"));
	Result<Database> copy = Database::open(folder_ / "copy.db");
	ASSERT_EQ(message(copy), "no error");
	EXPECT_EQ(copy->row("select value from facts", {}).value()->number(0), schema_version);
}

// A check-in changes seen and counter: an index with one of them would be written each time.
TEST_F(StoreDatabase, no_index_has_what_a_check_in_changes)
{
	Database database = open();
	ASSERT_TRUE(migrate(database));
	auto rows = database.rows("select i.name from sqlite_schema i, pragma_index_info(i.name) c "
				  "where i.type = 'index' and i.tbl_name = 'machines' and "
				  "c.name in ('seen', 'counter')",
				  {});
	ASSERT_EQ(message(rows), "no error");
	EXPECT_EQ(rows->size(), 0u);
}

TEST_F(StoreDatabase, tables_are_made_once_by_however_many_processes)
{
	auto make = [&] {
		Database own = open();
		EXPECT_EQ(message(migrate(own)), "no error");
	};
	{
		std::jthread one(make), two(make), three(make);
	}
	Database database = open();
	EXPECT_EQ(message(migrate(database)), "no error");
	EXPECT_EQ(database.row("select value from facts where name = 'schema'", {})
			  .value()
			  ->number(0),
		  schema_version);
}

TEST_F(StoreDatabase, tables_of_a_later_program_are_left_alone)
{
	Database database = open();
	ASSERT_TRUE(migrate(database));
	ASSERT_TRUE(database.change("update facts set value = $1", {schema_version + 1}));
	Result<> migrated = migrate(database);
	EXPECT_EQ(migrated.error().code, ENOTSUP);
	EXPECT_EQ(message(migrated),
		  "the database's tables are of version " + std::to_string(schema_version + 1) +
			  ", and this program knows " + std::to_string(schema_version) +
			  "; use a later program");
}
