// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "durable_folder.hpp"
#include "transport.hpp"
#include "trusted_set.hpp"

namespace klp::tuf {

// Makes the user's root the trusted one of a folder of metadata, in place of any other: whoever may
// change trust decides that before. Refuses a root that its own keys did not sign; an expired one
// may lead to newer ones.
Checked<> trust_root(DurableFolder &metadata, std::string_view root);

// A repository as one refresh found it. The folder of metadata has the latest file of each role
// that was verified, byte by byte as it was received, and nothing else: ROLE.json. Each file is
// stored before the next is fetched, and stays if a later one is refused.
class Client {
public:
	struct Limits {
		// Bytes, where no other file announces fewer.
		size_t root = 512'000, timestamp = 16'384, snapshot = 2'000'000,
		       targets = 5'000'000;
		size_t target = 256 << 20;
		size_t new_roots = 256; // in one refresh
		size_t delegated_roles = 32; // in one search
	};

	// Fetches what is newer than the folder's files. now is in seconds since 1970. The folder
	// and the transport have to live as long as the Client.
	static Checked<Client> refresh(DurableFolder &metadata, Transport &transport,
				       const std::string &metadata_url, int64_t now,
				       const Limits &limits);

	// Fetches the metadata of the delegated roles on its way, unless the folder has it.
	Checked<Target> find(const std::string &path);

	// All of a role that the top-level targets delegate to, and the top-level targets. The
	// folder of metadata then has the role's file.
	Checked<Targets> read_role(const std::string &role);
	const Targets &top() const { return top_; }

	// The bytes of a target that find() returned, verified.
	Checked<std::string> fetch(const std::string &path, const Target &target,
				   const std::string &targets_url);

	// The same into a file of flat_file_name(path) in the folder. Makes no request if the file
	// is there with the right bytes.
	Checked<> download(const std::string &path, const Target &target,
			   const std::string &targets_url, DurableFolder &folder);

	const TrustedSet &trusted() const { return trusted_; }

private:
	Client(DurableFolder &metadata, Transport &transport, std::string metadata_url,
	       const Limits &limits, TrustedSet trusted)
	    : metadata_(metadata),
	      transport_(transport),
	      metadata_url_(std::move(metadata_url)),
	      limits_(limits),
	      trusted_(std::move(trusted))
	{
	}
	Checked<std::string> fetch_metadata(const std::string &role, int64_t version, size_t limit);
	// The file of a role that another file announces.
	Checked<std::string> fetch_announced(const std::string &role, const VersionedFile &facts,
					     size_t limit);
	Checked<> update_root();
	Checked<> update_timestamp();
	Checked<> update_snapshot();
	Checked<Targets> load_targets(const std::string &role, const Authority &authority);

	DurableFolder &metadata_;
	Transport &transport_;
	std::string metadata_url_;
	Limits limits_;
	TrustedSet trusted_;
	Targets top_;
};

}
