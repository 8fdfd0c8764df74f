// SPDX-License-Identifier: LGPL-2.1-or-later
#include "repository.hpp"
#include "../protocol/issued.hpp"
#include "../protocol/roles.hpp"
#include "../tuf/role_names.hpp"

#include <filesystem>

namespace klp::agent {

using protocol::KernelId;
using tuf::Client;
using tuf::DurableFolder;
using tuf::FaultKind;
using tuf::Target;

namespace {

bool is_refusal(FaultKind kind)
{
	return kind != FaultKind::unreachable && kind != FaultKind::slow &&
	       kind != FaultKind::local;
}

Client::Limits limits()
{
	Client::Limits limits;
	limits.target = 64 << 20; // libklp's
	return limits;
}

}

Checked<std::unique_ptr<Repository>>
Repository::refresh(const Places &places, const std::string &hub, Fetcher *fetcher, int64_t now)
{
	DurableFolder trust = TRY(DurableFolder::open(places.trust()));
	DurableFolder documents = TRY(DurableFolder::open(places.documents()));
	DurableFolder patches = TRY(DurableFolder::open(places.patches()));
	// Client refers to the transport and the folder: they have to stay where they are.
	std::unique_ptr<Repository> repository(
		new Repository(fetcher, std::move(trust), std::move(documents), std::move(patches),
			       hub + "/repository/targets"));
	Checked<Client> client = Client::refresh(repository->trust_, repository->transport_,
						 hub + "/repository/metadata", now, limits());
	if (!client)
		return std::unexpected(client.error());
	repository->client_.emplace(std::move(*client));
	return repository;
}

Checked<int64_t> Repository::root_of(const Places &places)
{
	DurableFolder trust = TRY(DurableFolder::open(places.trust()));
	std::optional<std::string> bytes = TRY(trust.read("root.json", Client::Limits().root));
	if (!bytes)
		return 0;
	tuf::SignedFile file = TRY(tuf::SignedFile::parse("root.json", *bytes));
	tuf::Root root = TRY(tuf::Root::parse(file));
	return root.version;
}

int64_t Repository::issued() const
{
	return protocol::issued_of(client_->trusted().timestamp().content);
}

int64_t Repository::until() const
{
	return std::min(client_->trusted().timestamp().expires, protocol::latest_time);
}

template <class T> Checked<std::optional<T>> Repository::read(const std::string &path)
{
	Checked<Target> target = client_->find(path);
	if (!target && target.error().kind == FaultKind::not_listed)
		return std::nullopt;
	if (!target)
		return std::unexpected(target.error());
	constexpr size_t largest = protocol::largest_of<T>();
	if (target->length.value_or(0) > static_cast<int64_t>(largest))
		return tuf::refuse(FaultKind::endless, "%s: has more than %zu bytes", path.c_str(),
				   largest);
	TRY(client_->download(path, *target, targets_url_, documents_));
	std::optional<std::string> text = TRY(documents_.read(tuf::flat_file_name(path), largest));
	T document = TRY(protocol::read<T>(text.value_or("")));
	return document;
}

Checked<std::optional<Released>> Repository::released(const std::string &path)
{
	Checked<Target> target = client_->find(path);
	if (!target && target.error().kind == FaultKind::not_listed)
		return std::nullopt;
	if (!target)
		return std::unexpected(target.error());
	auto hash = target->hashes.find("sha256");
	if (!target->length || hash == target->hashes.end())
		return tuf::refuse(FaultKind::malformed, "%s: has no length or no sha256",
				   path.c_str());
	protocol::PatchFacts facts = TRY(protocol::PatchFacts::parse(target->custom));
	return Released{std::move(facts), *target->length, hash->second};
}

// Those that the kernel's document names; releases signs both.
Checked<std::vector<protocol::Notice>> Repository::notices(const protocol::KernelSupport &support)
{
	std::vector<protocol::Notice> notices;
	for (const std::string &id : support.notices) {
		std::optional<protocol::Notice> notice =
			TRY(read<protocol::Notice>(protocol::notice_path(id)));
		if (!notice || notice->id != id)
			return tuf::refuse(FaultKind::mixed,
					   "the kernel's document names the notice '%s', which "
					   "releases does not have",
					   id.c_str());
		notices.push_back(std::move(*notice));
	}
	return notices;
}

Checked<Documents> Repository::documents(const KernelId &kernel, const std::string &tier)
{
	Documents documents;
	documents.support = TRY(read<protocol::KernelSupport>(protocol::kernel_path(kernel)));
	documents.offers = TRY(read<protocol::Offers>(protocol::offers_path(tier, kernel)));
	Checked<std::optional<protocol::Recalls>> recalls =
		read<protocol::Recalls>(protocol::recalls_path(kernel));
	// Who could not be asked has refused nothing: what was known last stays.
	if (!recalls && !is_refusal(recalls.error().kind))
		return std::unexpected(recalls.error());
	if (!recalls)
		documents.recalls = std::unexpected(recalls.error());
	else if (*recalls && (*recalls)->kernel != kernel)
		documents.recalls = tuf::refuse(FaultKind::mixed, "recalls of another kernel");
	else if (*recalls)
		documents.recalls = std::move((*recalls)->recalls);
	if (documents.support) {
		// A notice only words a verdict: without it there are other words.
		Checked<std::vector<protocol::Notice>> read = notices(*documents.support);
		if (read)
			documents.notices = std::move(*read);
	}
	if (documents.offers)
		for (const protocol::Offer &offer : documents.offers->offers) {
			std::optional<Released> facts = TRY(released(offer.path));
			if (facts)
				documents.released.emplace(offer.path, std::move(*facts));
		}
	return documents;
}

Checked<StoredPatch> Repository::store(const protocol::Offer &offer)
{
	Target target = TRY(client_->find(offer.path));
	TRY(client_->download(offer.path, target, targets_url_, patches_));
	std::string module = std::filesystem::path(offer.path).stem();
	return StoredPatch{offer.version, std::move(module), tuf::flat_file_name(offer.path),
			   offer.sha256};
}

}
