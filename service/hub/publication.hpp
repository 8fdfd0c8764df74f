// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../protocol/offers.hpp"
#include "../protocol/upload.hpp"
#include "online_keys.hpp"
#include "repository_state.hpp"

#include <mutex>

namespace klp::hub {

// The documents of the role tiers, by path.
using OfferDocuments = std::map<std::string, protocol::Offers>;

// All that readers see, for a change of the offers.
struct Listing {
	tuf::Targets releases, recalls;
	OfferDocuments offers;
	// The bytes of a document that a role lists.
	std::function<tuf::Checked<std::string>(const std::string &path, const tuf::Target &target)>
		read;
};
using OfferChange = std::function<tuf::Checked<>(Listing *listing)>;

// Called once a change was verified, and before anybody sees it. A fault of it stops the change.
using BeforeChange = std::function<tuf::Checked<>()>;

// The hub's repository, which the hub alone changes. Whoever wants to change it says what, and it
// appears to readers at once or not at all: the hub verifies the whole as a client would, before
// anybody sees it. For several threads.
//
// Versions of the online roles are the time in milliseconds where that is higher than the next
// number: a hub that was restored from a backup is above all that it signed before.
//
// A change takes seconds where the disk is slow or a payload large, and others wait for it: no
// thread that serves machines makes one.
class Publication {
public:
	// told hears what nobody asked for, a line each.
	static tuf::Checked<std::unique_ptr<Publication>>
	open(const HubFolder &folder, std::function<void(const std::string &)> told);

	// Goes on with an upload that was accepted before the hub died, and signs what is due, or
	// all. Does nothing before the first upload. Removes payloads that nobody needs any more.
	// now is in seconds since 1970, UTC, as everywhere.
	enum class Due { by_time, all };
	tuf::Checked<> renew(int64_t now, Due due = Due::by_time);

	// Takes the bytes of a target for an upload to come.
	tuf::Checked<protocol::Stored> store_payload(std::string_view bytes);

	// Refuses, as rollback, a file that is not of the next version.
	tuf::Checked<protocol::Published> upload(const protocol::Upload &upload, int64_t now,
						 const BeforeChange &before);

	tuf::Checked<protocol::Published> change_offers(const OfferChange &change, int64_t now,
							const BeforeChange &before);

private:
	struct Next {
		RepositoryState before, after;
		std::map<std::string, std::string> payloads; // bytes of new targets, by path
		int64_t timestamp; // its version
	};

	Publication(const HubFolder &folder, std::function<void(const std::string &)> told)
	    : folder_(folder), told_(std::move(told))
	{
	}
	tuf::Checked<OnlineKeys> keys_of(const RepositoryState &state) const;
	tuf::Checked<std::string> payload(const std::string &path, const tuf::Target &target) const;
	tuf::Checked<> sign(Next *next, const OnlineKeys &keys, const tuf::RepositoryWriter &writer,
			    int64_t now) const;
	tuf::Checked<OfferDocuments> published_offers(const RepositoryState &state) const;
	tuf::Checked<> check(Next *next, int64_t now) const;
	tuf::Checked<protocol::Published> publish(tuf::RepositoryWriter *writer, Next next,
						  int64_t now) const;
	tuf::Checked<> set_offers(Next *next, const OnlineKeys &keys,
				  const tuf::RepositoryWriter &writer, const OfferDocuments &offers,
				  int64_t now) const;
	// An upload that has expired by this hub's clock, which may be ahead.
	enum class Expired { stays, is_set_aside };
	// True where one stays.
	tuf::Checked<bool> finish_accepted(tuf::RepositoryWriter *writer, int64_t now,
					   Expired expired);
	tuf::Checked<> finish(tuf::RepositoryWriter *writer, const std::string &accepted,
			      int64_t now) const;
	tuf::Checked<Next> next_of(const tuf::RepositoryWriter &writer,
				   const protocol::Upload &upload, int64_t now) const;
	tuf::Checked<> note_accepted(const protocol::Upload *upload) const;
	tuf::Checked<> set_aside(const std::string &accepted, const tuf::Fault &fault,
				 int64_t now) const;

	HubFolder folder_;
	std::function<void(const std::string &)> told_;
	std::mutex mutex_; // one change at a time
	bool is_wait_told_ = false; // of an accepted upload
};

}
