// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../store/schema.hpp"
#include "handlers.hpp"

#include <klp/klp.h>

namespace klp::hub {

// The lock for writing shows a disk that is full or was remounted read-only no sooner than a write
// would, but it shows a lock that somebody keeps.
Result<Answer> health(const Request &, const Context &context)
{
	store::Transaction transaction = TRY(store::Transaction::begin(*context.database));
	TRY(context.database->rows("select value from facts where name = 'schema'", {}));
	return json_answer(200, protocol::Health{LIBKLP_VERSION}.to_json());
}

}
