// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "database.hpp"

namespace klp::store {

// The version of the tables that this program reads and writes.
extern const int64_t schema_version;

// Brings the tables to schema_version, in steps of one transaction each. Several processes may do
// it at once. ENOTSUP for tables of a later version: an older program would misread them.
Result<> migrate(Database &database);

// False for a database in which migrate() has never made the tables. A hub whose database was lost
// makes no empty one: each of its machines would hear that nobody knows it.
Result<bool> has_tables(Database &database);

}
