// SPDX-License-Identifier: LGPL-2.1-or-later
#include "../store/schema.hpp"
#include "handlers.hpp"

#include <klp/klp.h>

namespace klp::hub {

// Anybody may ask, so it takes no lock for writing.
Result<Answer> health(const Request &, const Context &context)
{
	TRY(context.database->rows("select value from facts where name = 'schema'", {}));
	return json_answer(200, protocol::Health{LIBKLP_VERSION}.to_json());
}

}
