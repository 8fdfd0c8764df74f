// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/kernel_support.hpp"
#include "../protocol/notice.hpp"
#include "../protocol/offers.hpp"
#include "../protocol/recalls.hpp"
#include "../protocol/succession.hpp"
#include "../tuf/client.hpp"
#include "hub_connection.hpp"
#include "workstation.hpp"

namespace klp::admin {

// The repository as this person's client finds it: refreshed over the folder metadata/, which
// remembers the highest versions, so that a hub that shows something older is seen.
class RepositoryView {
public:
	static Checked<std::unique_ptr<RepositoryView>> refresh(const Workstation &station,
								HubConnection &hub, int64_t now);

	const tuf::Root &root() const { return client_->trusted().root(); }
	const tuf::Targets &top() const { return client_->top(); }
	const tuf::Targets &releases() const { return releases_; }
	const tuf::Targets &recalls() const { return recalls_; }
	const tuf::Targets &tiers() const { return tiers_; }

	// The signed content of a role's file, with fields that only its owner knows.
	Checked<nlohmann::json> content(const std::string &role) const;

	// The document that a role lists at a path; nothing if it lists none.
	template <class T>
	Checked<std::optional<T>> document(const tuf::Targets &role, const std::string &path)
	{
		std::optional<std::string> found = TRY(bytes(role, path));
		if (!found)
			return std::nullopt;
		T document = TRY(protocol::read<T>(*found));
		return document;
	}
	Checked<std::optional<std::string>> bytes(const tuf::Targets &role,
						  const std::string &path);

	// All documents of a role below a folder: "kernels/".
	template <class T>
	Checked<std::vector<T>> documents(const tuf::Targets &role, const std::string &folder)
	{
		std::vector<T> all;
		for (const auto &[path, target] : role.targets) {
			if (!path.starts_with(folder))
				continue;
			std::optional<T> one = TRY(document<T>(role, path));
			all.push_back(std::move(*one));
		}
		return all;
	}

	Checked<std::vector<protocol::Release>> patches() const
	{
		return protocol::releases_of(releases_);
	}

private:
	RepositoryView(HubConnection &hub, tuf::DurableFolder metadata)
	    : hub_(hub), metadata_(std::move(metadata))
	{
	}

	HubConnection &hub_;
	tuf::DurableFolder metadata_;
	std::unique_ptr<tuf::Client> client_;
	tuf::Targets releases_, recalls_, tiers_;
};

}
