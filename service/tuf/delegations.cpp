// SPDX-License-Identifier: LGPL-2.1-or-later
#include "delegations.hpp"

#include <deque>
#include <set>

namespace klp::tuf {

namespace {

// A delegation that is still to be followed. Its authority belongs to the delegator's metadata.
struct Pending {
	std::string role;
	Authority authority;
};

// The delegations that may list the path, up to the first terminating one.
std::vector<Pending> delegations_of(const Targets &targets, const std::string &path,
				    bool *is_terminated)
{
	std::vector<Pending> pending;
	if (!targets.delegations)
		return pending;
	const Delegations &delegations = *targets.delegations;
	if (delegations.succinct) {
		*is_terminated = true;
		const SuccinctRoles &succinct = *delegations.succinct;
		pending.push_back(
			{succinct.name_of_role_for(path), {&delegations.keys, &succinct.role}});
	}
	for (const DelegatedRole &role : delegations.roles) {
		if (!role.covers(path))
			continue;
		pending.push_back({role.name, {&delegations.keys, &role.role}});
		*is_terminated = role.terminating;
		if (role.terminating)
			break;
	}
	return pending;
}

}

Checked<Target> find_target(const std::string &path, const Targets &top, size_t most_roles,
			    const LoadRole &load)
{
	std::deque<Targets> loaded; // a deque keeps the addresses that authorities refer to
	std::set<std::string> visited;
	std::vector<Pending> stack; // the next one is last
	const Targets *current = &top;
	for (;;) {
		auto found = current->targets.find(path);
		if (found != current->targets.end())
			return found->second;
		bool is_terminated = false;
		std::vector<Pending> next = delegations_of(*current, path, &is_terminated);
		if (is_terminated)
			stack.clear();
		stack.insert(stack.end(), next.rbegin(), next.rend());
		while (!stack.empty() && visited.contains(stack.back().role))
			stack.pop_back();
		if (stack.empty())
			return refuse(FaultKind::not_listed, "no role lists '%s'", path.c_str());
		if (visited.size() == most_roles)
			return refuse(FaultKind::endless, "'%s': not found in %zu delegated roles",
				      path.c_str(), most_roles);
		Pending pending = stack.back();
		stack.pop_back();
		visited.insert(pending.role);
		Targets targets = TRY(load(pending.role, pending.authority));
		current = &loaded.emplace_back(std::move(targets));
	}
}

}
