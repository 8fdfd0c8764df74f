// SPDX-License-Identifier: LGPL-2.1-or-later
#include "audit_writing.hpp"
#include "../protocol/secret.hpp"

#include <cerrno>

namespace klp::hub {

Result<> write_audit(store::Database &database, const std::string &actor, const std::string &action,
		     const std::string &subject, const std::string &details, int64_t now)
{
	// Without random numbers there are no secrets either, so nobody comes this far.
	protocol::Checked<std::string> id = protocol::new_id();
	if (!id)
		return fail(EIO, "%s", id.error().message.c_str());
	return store::add_audit_entry(database, {*id, now, actor, action, subject, details});
}

}
