// SPDX-License-Identifier: LGPL-2.1-or-later
// The requests of machines share this.
#pragma once

#include "../store/machines.hpp"
#include "answer.hpp"

namespace klp::hub {

// The answer to a secret that no machine has, or one that was detached.
Answer not_attached();

// Writes that a machine did this with its token, "machine attach". The caller has a Transaction.
Result<> note_machine(store::Database &database, const store::Machine &machine,
		      const std::string &action, int64_t now);

}
