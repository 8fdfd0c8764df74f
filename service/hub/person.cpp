// SPDX-License-Identifier: LGPL-2.1-or-later
#include "person.hpp"
#include "../store/admins.hpp"
#include "audit_writing.hpp"

#include <algorithm>
#include <cerrno>

namespace klp::hub {

using protocol::AdminRole;
using protocol::Identity;
using protocol::ProblemKind;

Result<std::optional<Identity>> person_of(const Request &request, store::Database &database,
					  int64_t now)
{
	std::optional<store::Admin> admin =
		TRY(store::admin_of_secret(database, protocol::hash_of_secret(request.bearer)));
	if (!admin || admin->expires <= now)
		return std::nullopt;
	auto word = std::ranges::find(protocol::admin_role_words, admin->role);
	if (word == protocol::admin_role_words.end())
		return fail(EIO, "'%s' has the role '%s', which is not known", admin->name.c_str(),
			    admin->role.c_str());
	return Identity{admin->name,
			static_cast<AdminRole>(word - protocol::admin_role_words.begin())};
}

std::optional<Answer> refusal_for(const std::optional<Identity> &person, AdminRole needed)
{
	if (!person)
		return problem(
			ProblemKind::unauthorised,
			"the hub does not know this secret, or it has expired; ask for another "
			"login string");
	if (person->role >= needed)
		return std::nullopt;
	return problem(ProblemKind::forbidden,
		       "'" + person->name + "' is " +
			       protocol::admin_role_words[static_cast<size_t>(person->role)] +
			       ", and this needs the role " +
			       protocol::admin_role_words[static_cast<size_t>(needed)]);
}

Result<> note_change(store::Database &database, const Identity &person, int64_t now,
		     const std::string &action, const std::string &subject,
		     const nlohmann::json &details)
{
	return write_audit(database, person.name, action, subject, details.dump(), now);
}

}
