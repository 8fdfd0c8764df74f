// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publication.hpp"
#include "../../libklp/file.hpp"
#include "../../libklp/module/digest.hpp"
#include "../protocol/issued.hpp"
#include "../protocol/recalls.hpp"
#include "../protocol/roles.hpp"
#include "../protocol/succession.hpp"
#include "../tuf/role_names.hpp"
#include "incoming.hpp"

#include <filesystem>

namespace klp::hub {

using nlohmann::json;
using protocol::Published;
using protocol::Upload;
using tuf::Checked;
using tuf::DurableFolder;
using tuf::FaultKind;
using tuf::RepositoryWriter;
using tuf::Target;
using tuf::Targets;

namespace {

constexpr int64_t timestamp_interval = 3600, daily = 24 * 3600; // seconds
constexpr const char *accepted_name = "accepted.json";

std::string sha256_of(std::string_view bytes)
{
	return sha256(std::as_bytes(std::span(bytes)));
}

// As many changes in a second stay below the version of the next second.
constexpr int64_t versions_a_second = 1000;

int64_t next_version(int64_t last, int64_t now)
{
	return std::max(last + 1, now * versions_a_second);
}

// Whether a file that the hub signed is older than interval, or of a key that is no longer the
// role's. Before the first it is.
Checked<bool> is_due(const RepositoryState &state, const std::string &role,
		     const tuf::SigningKey &key, int64_t interval, int64_t now)
{
	auto found = state.find(role);
	if (found == state.end() || !has_signed(key, role + ".json", found->second))
		return true;
	tuf::SignedFile file = TRY(tuf::SignedFile::parse(role + ".json", found->second));
	std::string expires = TRY(file.content().text("expires"));
	int64_t age = now - (tuf::time_of(expires).value_or(0) - protocol::lifetime_of(role));
	return age >= interval || age < 0;
}

Checked<std::string> signed_with(const json &content, const tuf::SigningKey &key)
{
	return tuf::sign(content, std::vector{&key});
}

// A target is new if before does not have these bytes at this path.
bool is_new(const Targets &before, const std::string &path, const Target &target)
{
	auto old = before.targets.find(path);
	return old == before.targets.end() || old->second.hashes != target.hashes;
}

// Refuses what an upload may not touch, and a version that is not the next.
Checked<> check_file(const RepositoryState &before, const Upload::File &file)
{
	for (const char *role : {"root", "targets", "releases", "recalls"}) {
		if (file.role != role)
			continue;
		int64_t last = TRY(version_in(before, role));
		int64_t version = TRY(version_in({{file.role, file.bytes}}, role));
		if (version != last + 1)
			return tuf::refuse(FaultKind::rollback,
					   "%s.json is version %lld, and the repository has %lld; "
					   "look again at what is there, and sign the next",
					   role, static_cast<long long>(version),
					   static_cast<long long>(last));
		return {};
	}
	return tuf::refuse(
		FaultKind::mixed,
		"nobody uploads the role '%s'; expected root, targets, releases or recalls",
		file.role.c_str());
}

}

Checked<std::unique_ptr<Publication>>
Publication::open(const HubFolder &folder, std::function<void(const std::string &)> told)
{
	TRY(check_online_keys(folder));
	return std::unique_ptr<Publication>(new Publication(folder, std::move(told)));
}

Checked<OnlineKeys> Publication::keys_of(const RepositoryState &state) const
{
	TRY(check_is_whole(state));
	tuf::SignedFile file = TRY(tuf::SignedFile::parse("root.json", state.at("root")));
	tuf::Root root = TRY(tuf::Root::parse(file));
	Targets top = TRY(targets_in(state, "targets"));
	return OnlineKeys::of(folder_, root, top);
}

Checked<protocol::Stored> Publication::store_payload(std::string_view bytes)
{
	std::lock_guard lock(mutex_);
	DurableFolder incoming = TRY(DurableFolder::open(folder_.incoming()));
	std::string hash = sha256_of(bytes);
	TRY(incoming.replace(hash, bytes));
	return protocol::Stored{hash, static_cast<int64_t>(bytes.size())};
}

// From the repository, if it was published before.
Checked<std::string> Publication::payload(const std::string &path, const Target &target) const
{
	auto hash = target.hashes.find("sha256");
	if (hash == target.hashes.end() || !protocol::is_lower_hexadecimal(hash->second) ||
	    !target.length)
		return tuf::refuse(FaultKind::mixed, "%s: has no length and sha256", path.c_str());
	std::string published =
		folder_.repository() + "/targets/" + tuf::target_path(path, hash->second);
	std::string sent = folder_.incoming() + "/" + hash->second;
	if (!exists(published) && !exists(sent))
		return tuf::refuse(FaultKind::mixed, "%s: nobody sent the bytes with the sha256 %s",
				   path.c_str(), hash->second.c_str());
	std::vector<std::byte> bytes =
		TRY(read_bytes(exists(published) ? published : sent, protocol::largest_payload));
	std::string text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
	TRY(target.check(path, text));
	return text;
}

// Signs what snapshot and timestamp state about after, and tiers if nobody has yet.
Checked<> Publication::sign(Next *next, const OnlineKeys &keys, const RepositoryWriter &writer,
			    int64_t now) const
{
	RepositoryState &after = next->after;
	auto expires = [&](const char *role) { return now + protocol::lifetime_of(role); };
	json content = writer.next_snapshot(expires("snapshot"));
	bool is_changed = TRY(is_due(next->before, "snapshot", keys.snapshot, daily, now));
	for (const char *role : {"targets", "releases", "recalls", "tiers"}) {
		int64_t version = TRY(version_in(after, role));
		if (version == 0)
			continue;
		json facts = tuf::announced(version, after.at(role));
		json &place = content["meta"][std::string(role) + ".json"];
		is_changed |= place != facts;
		place = std::move(facts);
	}
	if (is_changed) {
		content["version"] = next_version(writer.version_of("snapshot"), now);
		after["snapshot"] = TRY(signed_with(content, keys.snapshot));
	}
	int64_t snapshot_version = TRY(version_in(after, "snapshot"));
	next->timestamp = next_version(writer.timestamp_version(), now);
	json timestamp =
		tuf::timestamp_content(next->timestamp, expires("timestamp"),
				       tuf::announced(snapshot_version, after.at("snapshot")));
	protocol::set_issued(&timestamp, now);
	after["timestamp"] = TRY(signed_with(timestamp, keys.timestamp));
	return {};
}

Checked<> Publication::set_offers(Next *next, const OnlineKeys &keys,
				  const RepositoryWriter &writer, const OfferDocuments &offers,
				  int64_t now) const
{
	json content = tuf::targets_content(next_version(writer.version_of("tiers"), now),
					    now + protocol::lifetime_of("tiers"), {});
	for (const auto &[path, document] : offers) {
		if (document.offers.size() > protocol::Offers::most)
			return tuf::refuse(FaultKind::mixed,
					   "the tier '%s' would offer %zu versions for %s, and "
					   "machines read %zu at most; block some of them first",
					   document.tier.c_str(), document.offers.size(),
					   document.kernel.release.c_str(), protocol::Offers::most);
		std::string bytes = document.to_json().dump(1, '\t') + "\n";
		TRY(protocol::check_document(path, bytes));
		content["targets"][path] = tuf::target_content(bytes, nullptr);
		next->payloads[path] = std::move(bytes);
	}
	next->after["tiers"] = TRY(signed_with(content, keys.tiers));
	return {};
}

Checked<OfferDocuments> Publication::published_offers(const RepositoryState &state) const
{
	Targets tiers = TRY(targets_in(state, "tiers"));
	OfferDocuments offers;
	for (const auto &[path, target] : tiers.targets) {
		std::string bytes = TRY(payload(path, target));
		offers[path] = TRY(protocol::read<protocol::Offers>(bytes));
	}
	return offers;
}

// The new targets are there and are what their paths say; what was published stays.
Checked<> Publication::check(Next *next, int64_t now) const
{
	std::map<std::string, Targets> roles = TRY(verify_state(next->before, next->after, now));
	for (const char *role : {"releases", "recalls", "tiers"}) {
		Targets before = TRY(targets_in(next->before, role));
		for (const auto &[path, target] : roles.at(role).targets) {
			if (!is_new(before, path, target) || next->payloads.contains(path))
				continue;
			std::string bytes = TRY(payload(path, target));
			TRY(protocol::check_document(path, bytes));
			next->payloads[path] = std::move(bytes);
		}
	}
	Targets before = TRY(targets_in(next->before, "releases"));
	std::vector<protocol::Release> old = TRY(protocol::releases_of(before));
	std::vector<protocol::Release> now_listed =
		TRY(protocol::releases_of(roles.at("releases")));
	std::vector<protocol::Recalls> recalls;
	for (const auto &[path, target] : roles.at("recalls").targets) {
		std::string bytes =
			next->payloads.contains(path) ? next->payloads[path] : std::string();
		if (bytes.empty())
			bytes = TRY(payload(path, target));
		protocol::Recalls document = TRY(protocol::read<protocol::Recalls>(bytes));
		recalls.push_back(std::move(document));
	}
	return protocol::check_succession(
		old, now_listed, [&](const protocol::KernelId &kernel, int64_t version) {
			return protocol::replaces_recalled(recalls, kernel, version);
		});
}

// The root comes last but for the timestamp: readers find each root by its number alone, and from
// then on want what its keys signed.
Checked<Published> Publication::publish(RepositoryWriter *writer, Next next, int64_t now) const
{
	const RepositoryState &after = next.after;
	for (const auto &[path, bytes] : next.payloads)
		TRY(writer->add_target(path, bytes));
	for (const char *role : {"targets", "releases", "recalls", "tiers"})
		if (next.before[role] != after.at(role))
			TRY(writer->add_targets_metadata(role, after.at(role)));
	if (next.before["snapshot"] != after.at("snapshot"))
		TRY(writer->add_snapshot(after.at("snapshot"), now));
	if (next.before["root"] != after.at("root"))
		TRY(writer->add_root(after.at("root")));
	TRY(writer->publish(after.at("timestamp")));
	return Published{next.timestamp};
}

// An empty file stands for none: a name that goes needs another sync.
Checked<> Publication::note_accepted(const Upload *upload) const
{
	DurableFolder folder = TRY(DurableFolder::open(folder_.path()));
	TRY(folder.replace(accepted_name, upload ? upload->to_json().dump() : ""));
	return {};
}

Checked<Publication::Next> Publication::next_of(const RepositoryWriter &writer,
						const Upload &upload, int64_t now) const
{
	RepositoryState before = TRY(read_state(writer));
	Next next = {before, before, {}, 0};
	for (const Upload::File &file : upload.files) {
		TRY(check_file(before, file));
		next.after[file.role] = file.bytes;
	}
	OnlineKeys keys = TRY(keys_of(next.after));
	auto tiers = before.find("tiers");
	if (tiers == before.end() || !has_signed(keys.tiers, "tiers.json", tiers->second)) {
		OfferDocuments offers = TRY(published_offers(before));
		TRY(set_offers(&next, keys, writer, offers, now));
	}
	TRY(sign(&next, keys, writer, now));
	TRY(check(&next, now));
	return next;
}

// Leaves out the files that readers see already. Another of the same version is refused: half of an
// upload is none.
Checked<> Publication::finish(RepositoryWriter *writer, const std::string &accepted,
			      int64_t now) const
{
	Upload upload = TRY(protocol::read<Upload>(accepted));
	RepositoryState before = TRY(read_state(*writer));
	std::erase_if(upload.files, [&](const Upload::File &file) {
		auto published = before.find(file.role);
		return published != before.end() && published->second == file.bytes;
	});
	if (upload.files.empty())
		return {};
	Next next = TRY(next_of(*writer, upload, now));
	TRY(publish(writer, std::move(next), now));
	return {};
}

// For a person, who may learn from it what was lost.
Checked<> Publication::set_aside(const std::string &accepted, const tuf::Fault &fault,
				 int64_t now) const
{
	std::string name = "accepted-refused-" + std::to_string(now) + ".json";
	{
		DurableFolder folder = TRY(DurableFolder::open(folder_.path()));
		TRY(folder.replace(name, accepted));
	}
	TRY(note_accepted(nullptr));
	told_("an upload that was accepted cannot be published any more: " + fault.message +
	      "; it is in '" + name +
	      "' of the hub's folder; sign it anew, or, once the cause is gone, stop the hub, copy "
	      "it to accepted.json and start the hub, which tries again");
	return {};
}

// The hub writes later what it cannot write now. No clock costs an upload unless another comes. All
// others would be refused for ever, with each upload that comes after them.
Checked<bool> Publication::finish_accepted(RepositoryWriter *writer, int64_t now, Expired expired)
{
	std::string path = folder_.path() + "/" + accepted_name;
	if (!exists(path))
		return false;
	std::vector<std::byte> bytes = TRY(read_bytes(path, Upload::largest));
	if (bytes.empty())
		return false;
	std::string accepted(reinterpret_cast<const char *>(bytes.data()), bytes.size());
	Checked<> finished = finish(writer, accepted, now);
	if (!finished && finished.error().kind == FaultKind::local)
		return std::unexpected(finished.error());
	bool waits = !finished && finished.error().kind == FaultKind::expired &&
		     expired == Expired::stays;
	if (waits && !is_wait_told_)
		told_("an upload that was accepted has expired by this hub's clock: " +
		      finished.error().message +
		      "; see that the clock is right, or sign it anew; it stays in accepted.json, "
		      "and the hub tries again");
	is_wait_told_ = waits;
	if (waits)
		return true;
	if (finished)
		TRY(note_accepted(nullptr));
	else
		TRY(set_aside(accepted, finished.error(), now));
	return false;
}

Checked<Published> Publication::upload(const Upload &upload, int64_t now,
				       const BeforeChange &before)
{
	std::lock_guard lock(mutex_);
	RepositoryWriter writer = TRY(RepositoryWriter::open(folder_.repository()));
	TRY(finish_accepted(&writer, now, Expired::is_set_aside));
	Next next = TRY(next_of(writer, upload, now));
	TRY(before());
	TRY(note_accepted(&upload));
	Published published = TRY(publish(&writer, std::move(next), now));
	TRY(note_accepted(nullptr));
	return published;
}

Checked<Published> Publication::change_offers(const OfferChange &change, int64_t now,
					      const BeforeChange &before_change)
{
	std::lock_guard lock(mutex_);
	RepositoryWriter writer = TRY(RepositoryWriter::open(folder_.repository()));
	TRY(finish_accepted(&writer, now, Expired::stays));
	RepositoryState before = TRY(read_state(writer));
	if (!before.contains("timestamp"))
		return tuf::refuse(FaultKind::not_listed,
				   "the repository is empty; begin with 'klp-admin init'");
	Listing listing;
	listing.read = [this](const std::string &path, const Target &target) {
		return payload(path, target);
	};
	listing.releases = TRY(targets_in(before, "releases"));
	listing.recalls = TRY(targets_in(before, "recalls"));
	listing.offers = TRY(published_offers(before));
	TRY(change(&listing));
	Next next = {before, before, {}, 0};
	OnlineKeys keys = TRY(keys_of(before));
	TRY(set_offers(&next, keys, writer, listing.offers, now));
	TRY(sign(&next, keys, writer, now));
	TRY(check(&next, now));
	TRY(before_change());
	return publish(&writer, std::move(next), now);
}

Checked<> Publication::renew(int64_t now, Due due)
{
	std::lock_guard lock(mutex_);
	RepositoryWriter writer = TRY(RepositoryWriter::open(folder_.repository()));
	bool waits = TRY(finish_accepted(&writer, now, Expired::stays));
	if (!waits) // by the same clock its payloads would be too old
		TRY(clear_incoming(folder_, now));
	RepositoryState before = TRY(read_state(writer));
	if (!before.contains("timestamp"))
		return {};
	OnlineKeys keys = TRY(keys_of(before));
	bool is_timestamp_due =
		TRY(is_due(before, "timestamp", keys.timestamp, timestamp_interval, now));
	bool are_tiers_due = TRY(is_due(before, "tiers", keys.tiers, daily, now));
	if (due == Due::by_time && !is_timestamp_due)
		return {};
	Next next = {before, before, {}, 0};
	if (due == Due::all || are_tiers_due) {
		OfferDocuments offers = TRY(published_offers(before));
		TRY(set_offers(&next, keys, writer, offers, now));
	}
	TRY(sign(&next, keys, writer, now));
	TRY(check(&next, now));
	TRY(publish(&writer, std::move(next), now));
	return {};
}

}
