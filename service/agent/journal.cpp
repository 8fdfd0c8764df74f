// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal.hpp"

#include <algorithm>
#include <klp/masked.hpp>

namespace klp::agent {

using nlohmann::json;
using namespace klp::protocol;

namespace {

constexpr size_t most_kernels = 8, most_recalls = 500;

Checked<StoredPatch> stored_patch(const Fields &fields, const char *name)
{
	Fields patch = TRY(object_of(fields, name, {"version", "module", "file", "sha256"}));
	StoredPatch stored;
	stored.version = TRY(version_of(patch, "version"));
	stored.module = TRY(component(patch, "module"));
	stored.file = TRY(line(patch, "file"));
	if (stored.file.find('/') != std::string::npos)
		return patch.refuse_field("file", "the name of a file in the folder of patches");
	stored.sha256 = TRY(sha256_digits(patch, "sha256"));
	return stored;
}

json json_of(const StoredPatch &patch)
{
	return {{"version", patch.version},
		{"module", patch.module},
		{"file", patch.file},
		{"sha256", patch.sha256}};
}

Checked<Attempt> attempt_of(const Fields &fields)
{
	Fields values = TRY(object_of(fields, "attempt", {"patch", "step", "boot_id", "time"}));
	Attempt attempt;
	attempt.patch = TRY(stored_patch(values, "patch"));
	attempt.step = TRY(word<Step>(values, "step", step_words));
	attempt.boot_id = TRY(boot_id(values, "boot_id"));
	attempt.time = TRY(time_of(values, "time"));
	return attempt;
}

Checked<Lost> lost_of(const Fields &fields)
{
	Fields values = TRY(object_of(fields, "lost", {"version", "boots"}));
	Lost lost;
	lost.version = TRY(version_of(values, "version"));
	lost.boots = TRY(number(values, "boots", 1, 1000));
	return lost;
}

Checked<std::optional<PatchSince>> patch_since(const Fields &fields, const char *name)
{
	if (!fields.has(name))
		return std::nullopt;
	Fields values = TRY(object_of(fields, name, {"patch", "since"}));
	PatchSince patch;
	patch.patch = TRY(stored_patch(values, "patch"));
	patch.since = TRY(time_of(values, "since"));
	return patch;
}

json json_of(const PatchSince &patch)
{
	return {{"patch", json_of(patch.patch)}, {"since", patch.since}};
}

Checked<KernelRecord> record_of(const Fields &fields)
{
	TRY(check_known(fields, {"kernel", "minimum", "committed", "attempt", "uncommitted", "lost",
				 "held", "failed", "recalls"}));
	KernelRecord record;
	record.kernel = TRY(kernel_id(fields, "kernel"));
	record.minimum = TRY(number(fields, "minimum", 0, highest_version));
	record.committed = TRY(patch_since(fields, "committed"));
	record.uncommitted = TRY(patch_since(fields, "uncommitted"));
	if (fields.has("attempt"))
		record.attempt = TRY(attempt_of(fields));
	if (fields.has("lost"))
		record.lost = TRY(lost_of(fields));
	record.held = TRY(objects(fields, "held", KernelRecord::most_withheld, withheld_of));
	record.failed = TRY(objects(fields, "failed", KernelRecord::most_withheld, withheld_of));
	record.recalls = TRY(objects(fields, "recalls", most_recalls, recall_of));
	return record;
}

json json_of(const KernelRecord &record)
{
	json value = {{"kernel", protocol::to_json(record.kernel)},
		      {"minimum", record.minimum},
		      {"held", protocol::to_json(record.held)},
		      {"failed", protocol::to_json(record.failed)},
		      {"recalls", protocol::to_json(record.recalls)}};
	if (record.committed)
		value["committed"] = json_of(*record.committed);
	if (record.uncommitted)
		value["uncommitted"] = json_of(*record.uncommitted);
	if (record.attempt)
		value["attempt"] = {{"patch", json_of(record.attempt->patch)},
				    {"step", step_words[static_cast<size_t>(record.attempt->step)]},
				    {"boot_id", record.attempt->boot_id},
				    {"time", record.attempt->time}};
	if (record.lost)
		value["lost"] = {{"version", record.lost->version}, {"boots", record.lost->boots}};
	return value;
}

Checked<News> news_of(const Fields &fields)
{
	Fields values = TRY(object_of(
		fields, "news", {"issued", "root", "refreshed", "until", "state", "message"}));
	News news;
	news.issued = TRY(time_of(values, "issued"));
	news.root = TRY(number(values, "root", 0, highest_counter));
	news.refreshed = TRY(time_of(values, "refreshed"));
	news.until = TRY(time_of(values, "until"));
	news.state = TRY(component(values, "state"));
	if (values.has("message"))
		news.message = TRY(line(values, "message"));
	return news;
}

json json_of(const News &news)
{
	json value = {{"issued", news.issued},
		      {"root", news.root},
		      {"refreshed", news.refreshed},
		      {"until", news.until},
		      {"state", news.state}};
	if (!news.message.empty())
		value["message"] = news.message;
	return value;
}

Checked<Said> said_of(const Fields &fields)
{
	Fields values = TRY(
		object_of(fields, "said", {"verdict", "reason", "active", "refused", "notices"}));
	Said said;
	said.verdict = TRY(word<Verdict>(values, "verdict", verdict_words));
	said.reason = TRY(line(values, "reason"));
	said.active = TRY(number(values, "active", 0, highest_version));
	said.refused = TRY(objects(values, "refused", Decision::most_refused, refused_of));
	if (values.has("notices"))
		said.notices = TRY(components(values, "notices", protocol::most_notices));
	return said;
}

json json_of(const Said &said)
{
	json value = {{"verdict", verdict_words[static_cast<size_t>(said.verdict)]},
		      {"reason", said.reason},
		      {"active", said.active},
		      {"refused", protocol::to_json(said.refused)}};
	if (!said.notices.empty())
		value["notices"] = said.notices;
	return value;
}

Checked<Report> report_of(const Fields &fields)
{
	return Report::parse(fields.value());
}

}

Checked<Journal> Journal::parse(const json &document)
{
	Fields fields =
		TRY(fields_of(document, schema,
			      {"boot_id", "counter", "reports_made", "reports", "off_since",
			       "is_clone", "failures", "next_round", "news", "said", "kernels"}));
	Journal journal;
	journal.boot_id = TRY(protocol::boot_id(fields, "boot_id"));
	journal.counter = TRY(number(fields, "counter", 0, highest_counter));
	journal.reports_made = TRY(number(fields, "reports_made", 0, highest_counter));
	journal.reports = TRY(objects(fields, "reports", most_reports, report_of));
	if (fields.has("off_since"))
		journal.off_since = TRY(time_of(fields, "off_since"));
	journal.is_clone = TRY(fields.flag("is_clone"));
	journal.failures = TRY(number(fields, "failures", 0, highest_counter));
	journal.next_round = TRY(time_of(fields, "next_round"));
	journal.news = TRY(news_of(fields));
	journal.said = TRY(said_of(fields));
	journal.kernels = TRY(objects(fields, "kernels", most_kernels, record_of));
	return journal;
}

json Journal::to_json() const
{
	json document = {{"schema", schema},	     {"boot_id", boot_id},
			 {"counter", counter},	     {"reports_made", reports_made},
			 {"reports", json::array()}, {"is_clone", is_clone},
			 {"failures", failures},     {"next_round", next_round},
			 {"news", json_of(news)},    {"said", json_of(said)},
			 {"kernels", json::array()}};
	if (off_since)
		document["off_since"] = *off_since;
	for (const Report &report : reports)
		document["reports"].push_back(report.to_json());
	for (const KernelRecord &record : kernels)
		document["kernels"].push_back(json_of(record));
	return document;
}

KernelRecord *Journal::of_kernel(const KernelId &kernel)
{
	if (kernels.empty() || kernels.back().kernel != kernel) {
		said = {};
		news.until = 0;
	}
	auto found = std::ranges::find(kernels, kernel, &KernelRecord::kernel);
	if (found == kernels.end()) {
		if (kernels.size() == most_kernels)
			kernels.erase(kernels.begin());
		kernels.emplace_back().kernel = kernel;
	} else {
		std::rotate(found, found + 1, kernels.end());
	}
	return &kernels.back();
}

Attempt *Journal::on_probation()
{
	for (KernelRecord &record : kernels)
		if (record.attempt && record.attempt->step == Step::probation &&
		    record.attempt->boot_id == boot_id)
			return &*record.attempt;
	return nullptr;
}

bool note_new_boot(KernelRecord *record, const std::string &boot_id)
{
	std::optional<Attempt> &attempt = record->attempt;
	record->uncommitted.reset();
	record->failed.clear(); // another boot may be without the cause
	if (!attempt)
		return false;
	bool was_lost = attempt->step == Step::applying || attempt->step == Step::probation;
	attempt->boot_id = boot_id;
	attempt->step = Step::fetched;
	if (!was_lost)
		return false;
	const int64_t version = attempt->patch.version;
	if (!record->lost || record->lost->version != version)
		record->lost = {version, 0};
	if (++record->lost->boots < 2)
		return false;
	record->held.push_back({version, "two boots ended soon after it was applied"});
	record->lost.reset(); // it has two again after klp unhold
	attempt.reset();
	return true;
}

void commit(KernelRecord *record, int64_t now)
{
	record->committed = {record->attempt->patch, now};
	record->minimum = std::max(record->minimum, record->attempt->patch.version);
	if (record->lost && record->lost->version == record->attempt->patch.version)
		record->lost.reset();
	record->uncommitted.reset();
	record->attempt.reset();
}

std::string line_of(std::string text)
{
	text = masked(text);
	if (text.empty())
		return "no reason is known";
	if (text.size() <= longest_line)
		return text;
	size_t end = longest_line - 3;
	while ((text[end] & 0xc0) == 0x80) // in a UTF-8 sequence
		end--;
	return text.substr(0, end) + "...";
}

}
