// SPDX-License-Identifier: LGPL-2.1-or-later
#include "repository_view.hpp"

namespace klp::admin {

Checked<std::unique_ptr<RepositoryView>> RepositoryView::refresh(const Workstation &station,
								 HubConnection &hub, int64_t now)
{
	tuf::DurableFolder metadata = TRY(tuf::DurableFolder::open(station.metadata()));
	std::unique_ptr<RepositoryView> view(new RepositoryView(hub, std::move(metadata)));
	tuf::Client client = TRY(tuf::Client::refresh(
		view->metadata_, hub, hub.repository() + "metadata", now, tuf::Client::Limits()));
	view->client_ = std::make_unique<tuf::Client>(std::move(client));
	view->releases_ = TRY(view->client_->read_role("releases"));
	view->recalls_ = TRY(view->client_->read_role("recalls"));
	view->tiers_ = TRY(view->client_->read_role("tiers"));
	return view;
}

Checked<nlohmann::json> RepositoryView::content(const std::string &role) const
{
	const std::string name = role + ".json";
	std::optional<std::string> bytes = TRY(metadata_.read(name, tuf::Client::Limits().targets));
	if (!bytes)
		return tuf::refuse(FaultKind::local, "'%s/%s' is missing", metadata_.path().c_str(),
				   name.c_str());
	tuf::SignedFile file = TRY(tuf::SignedFile::parse(name, *bytes));
	return file.content().value();
}

Checked<std::optional<std::string>> RepositoryView::bytes(const tuf::Targets &role,
							  const std::string &path)
{
	auto target = role.targets.find(path);
	if (target == role.targets.end())
		return std::nullopt;
	return client_->fetch(path, target->second, hub_.repository() + "targets");
}

}
