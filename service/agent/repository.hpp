// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../tuf/client.hpp"
#include "agent_state.hpp"
#include "fetcher.hpp"

namespace klp::agent {

// The hub's repository, as one refresh found it: all of it verified by the client of TUF, over what
// the fetcher brought.
class Repository {
public:
	// Brings the metadata up to date. now is in seconds since 1970.
	static Checked<std::unique_ptr<Repository>>
	refresh(const Places &places, const std::string &hub, Fetcher *fetcher, int64_t now);

	// The version of the trusted root; of an agent's folder also where a refresh was refused
	// after it; 0 without one.
	int64_t root() const { return client_->trusted().root().version; }
	static Checked<int64_t> root_of(const Places &places);

	// When the timestamp was signed, 0 where it does not say so; and when it expires.
	int64_t issued() const;
	int64_t until() const;

	// The documents on this kernel, for machines of this tier.
	Checked<Documents> documents(const protocol::KernelId &kernel, const std::string &tier);

	// The bytes of a patch that documents() had, verified, in the folder of patches.
	Checked<StoredPatch> store(const protocol::Offer &offer);

private:
	Repository(Fetcher *fetcher, tuf::DurableFolder trust, tuf::DurableFolder documents,
		   tuf::DurableFolder patches, std::string targets_url)
	    : transport_(fetcher),
	      trust_(std::move(trust)),
	      documents_(std::move(documents)),
	      patches_(std::move(patches)),
	      targets_url_(std::move(targets_url))
	{
	}
	// A T of a path; nothing where the role whose path it is does not list it.
	template <class T> Checked<std::optional<T>> read(const std::string &path);
	Checked<std::optional<Released>> released(const std::string &path);
	Checked<std::vector<protocol::Notice>> notices(const protocol::KernelSupport &support);

	FetcherTransport transport_;
	tuf::DurableFolder trust_, documents_, patches_;
	std::string targets_url_;
	std::optional<tuf::Client> client_;
};

}
