// SPDX-License-Identifier: LGPL-2.1-or-later
#include "session.hpp"
#include "../../cli/exit_status.hpp"
#include "../../cli/say.hpp"
#include "../../libklp/file.hpp"
#include "../protocol/roles.hpp"

#include <ctime>
#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace klp::admin {

using nlohmann::json;
using protocol::Upload;

namespace {

std::string default_folder()
{
	const char *config = getenv("XDG_CONFIG_HOME");
	if (config && *config)
		return std::string(config) + "/klp-admin";
	const char *home = getenv("HOME");
	return std::string(home ? home : ".") + "/.config/klp-admin";
}

Checked<> check_terminal(const char *question, const char *options)
{
	if (isatty(STDIN_FILENO))
		return {};
	return tuf::refuse(FaultKind::local, "no terminal is there to answer '%s'; use %s",
			   question, options);
}

enum class Times { once, twice };

// options say what to do where nobody is asked.
Checked<std::string> secret_from_terminal(const char *question, Times times, const char *options)
{
	TRY(check_terminal(question, options));
	char answer[256] = "";
	int failed =
		EVP_read_pw_string(answer, sizeof(answer) - 1, question, times == Times::twice);
	std::string secret = answer;
	OPENSSL_cleanse(answer, sizeof(answer));
	if (failed)
		return tuf::refuse(FaultKind::local, "no answer to '%s'%s", question,
				   times == Times::twice ? ", or two that differ" : "");
	return secret;
}

Checked<std::string> line_from_terminal(const char *question)
{
	TRY(check_terminal(question, "--yes"));
	say(stderr, "%s", question);
	std::string line;
	std::getline(std::cin, line);
	return line;
}

}

void add_folder(CommandLine *app, CommonWords *words)
{
	words->folder = default_folder();
	app->add_option("--folder", words->folder, "the workstation's folder")
		->type_name("DIR")
		->envname("KLP_ADMIN_FOLDER");
}

void add_signing(CommandLine *app, CommonWords *words)
{
	add_folder(app, words);
	app->add_option("--passphrase-file", words->passphrase_file,
			"the file whose first line is the passphrase of the keys")
		->type_name("FILE");
	app->add_flag("--yes", words->yes, "sign without a question");
}

CommandLineOption *add_no_passphrase(CommandLine *app, CommonWords *words)
{
	return app->add_flag("--no-passphrase", words->no_passphrase,
			     "write new keys in the clear: who copies them can sign");
}

int status_of(const CommandLine &app, const Checked<> &done)
{
	if (done)
		return exit_done;
	say(stderr, "%s: %s\n", app.name().c_str(), done.error().message.c_str());
	return exit_failed;
}

static Checked<std::string> passphrase_in_file(const CommonWords &words)
{
	std::string line = TRY(read_line(words.passphrase_file));
	if (line.empty())
		return tuf::refuse(FaultKind::local, "'%s': the first line is empty",
				   words.passphrase_file.c_str());
	return line;
}

Checked<std::string> passphrase_of(const CommonWords &words)
{
	if (words.passphrase_file.empty())
		return secret_from_terminal("passphrase of the keys: ", Times::once,
					    "--passphrase-file");
	return passphrase_in_file(words);
}

Checked<std::string> new_passphrase(const CommonWords &words)
{
	if (words.no_passphrase)
		return std::string();
	if (!words.passphrase_file.empty())
		return passphrase_in_file(words);
	std::string answer = TRY(secret_from_terminal("passphrase of the new keys: ", Times::twice,
						      "--passphrase-file or --no-passphrase"));
	if (answer.empty())
		return tuf::refuse(
			FaultKind::local,
			"the passphrase is empty; --no-passphrase writes the keys in the "
			"clear");
	return answer;
}

Checked<Session> Session::open(const CommonWords &words)
{
	protocol::AdminAccess access = TRY(Workstation(words.folder).access());
	HubConnection hub = TRY(HubConnection::open(access));
	return Session(words, std::move(hub));
}

// Who signs anew what has expired has to read it once more; all else is verified as ever.
Checked<RepositoryView *> Session::view()
{
	if (view_)
		return view_.get();
	TRY(station_.root()); // says what to do where there is none
	Checked<std::unique_ptr<RepositoryView>> refreshed =
		RepositoryView::refresh(station_, *hub_, time(nullptr));
	if (!refreshed && refreshed.error().kind == FaultKind::expired) {
		say(stderr, "%s; sign it anew, and see that the hub's clock is right\n",
		    refreshed.error().message.c_str());
		constexpr int64_t before_all_expiries = 0;
		refreshed = RepositoryView::refresh(station_, *hub_, before_all_expiries);
	}
	view_ = TRY(std::move(refreshed));
	return view_.get();
}

Checked<const std::vector<tuf::SigningKey> *> Session::keys()
{
	if (!keys_)
		keys_ = TRY(station_.signing_keys([this]() -> Checked<std::string> {
			passphrase_ = TRY(passphrase_of(words_));
			return *passphrase_;
		}));
	return &*keys_;
}

Checked<const tuf::SigningKey *> Session::make_key(const std::string &role,
						   const std::string &holder)
{
	TRY(keys());
	std::string passphrase = passphrase_.value_or("");
	if (keys_->empty() || !words_.passphrase_file.empty())
		passphrase = TRY(new_passphrase(words_));
	tuf::SigningKey key = TRY(tuf::SigningKey::make(tuf::SigningKey::Kind::ed25519));
	std::string pem = TRY(key.pem(passphrase));
	tuf::DurableFolder folder = TRY(tuf::DurableFolder::open(station_.keys() + "/" + holder));
	TRY(folder.create(role + "-" + key.keyid().substr(0, 8) + ".pem", pem));
	return &keys_->emplace_back(std::move(key));
}

Checked<json *> Session::edit(Change *change, const std::string &role)
{
	auto found = change->contents.find(role);
	if (found != change->contents.end())
		return &found->second;
	RepositoryView *repository = TRY(view());
	json content = TRY(repository->content(role));
	content["version"] = content["version"].get<int64_t>() + 1;
	content["expires"] = tuf::time_text(time(nullptr) + protocol::lifetime_of(role));
	return &change->contents.emplace(role, std::move(content)).first->second;
}

Checked<> Session::put(Change *change, const std::string &role, const std::string &path,
		       const std::string &bytes, const json &custom)
{
	json *content = TRY(edit(change, role));
	(*content)["targets"][path] = tuf::target_content(bytes, custom);
	change->payloads[path] = bytes;
	return {};
}

// Before the first upload there is the pinned root alone. A hub that says so later would have a
// draft shown as if it were the first.
Checked<Signers> Session::signers()
{
	Checked<RepositoryView *> repository = view();
	if (repository)
		return Signers{&(*repository)->root(), &(*repository)->top()};
	if (repository.error().kind != FaultKind::absent)
		return std::unexpected(repository.error());
	if (exists(station_.metadata() + "/timestamp.json"))
		return tuf::refuse(FaultKind::rollback,
				   "%s, and '%s' has a timestamp.json: the hub lost its "
				   "repository, or hides it; restore its backup",
				   repository.error().message.c_str(), station_.metadata().c_str());
	Workstation::Root root = TRY(station_.root());
	tuf::SignedFile file = TRY(tuf::SignedFile::parse("root.json", root.bytes));
	first_root_ = TRY(tuf::Root::parse(file));
	return Signers{&*first_root_, nullptr};
}

// Whoever died as the hub answered has the draft of what is published.
Checked<bool> Session::is_published(const Upload &upload)
{
	if (!view_)
		return false;
	TRY(check_form(upload));
	for (const Upload::File &file : upload.files) {
		tuf::SignedFile parsed =
			TRY(tuf::SignedFile::parse(file.role + ".json", file.bytes));
		json published = TRY(view_->content(file.role));
		if (published != parsed.content().value())
			return false;
	}
	return true;
}

// The targets have the hash alone of a document. Whoever signs a draft of another has no bytes of
// it.
Checked<> Session::show_document(const std::string &path, const std::string &bytes)
{
	if (protocol::kernel_of_patch(path))
		return {};
	json before = json::object();
	const bool is_recall = path.starts_with("recalls/");
	std::optional<std::string> published;
	if (view_)
		published =
			TRY(view_->bytes(is_recall ? view_->recalls() : view_->releases(), path));
	if (published)
		before = TRY(tuf::read_json(path, *published));
	json after = TRY(tuf::read_json(path, bytes));
	say(stdout, "%s:\n", path.c_str());
	for (const std::string &line : document_differences(before, after))
		say(stdout, "%s\n", line.c_str());
	return {};
}

Checked<> Session::show(const Upload &upload, const Payloads &payloads)
{
	TRY(check_form(upload));
	for (const Upload::File &file : upload.files) {
		tuf::SignedFile parsed =
			TRY(tuf::SignedFile::parse(file.role + ".json", file.bytes));
		json before = json::object();
		if (view_)
			before = TRY(view_->content(file.role));
		for (const std::string &line :
		     differences(file.role, before, parsed.content().value()))
			say(stdout, "%s\n", line.c_str());
	}
	for (const auto &[path, bytes] : payloads)
		TRY(show_document(path, bytes));
	if (words_.yes)
		return {};
	std::string answer = TRY(line_from_terminal("sign this? [y/N] "));
	if (answer == "y" || answer == "yes")
		return {};
	return tuf::refuse(FaultKind::local, "not signed: the answer was not 'y'");
}

std::string Session::draft_path(const std::string &name) const
{
	return station_.drafts() + "/" + name + ".json";
}

// A draft that stays is refused by its version.
static void remove_draft(const std::string &path)
{
	std::error_code ignored;
	std::filesystem::remove(path, ignored);
}

Checked<> Session::keep_draft(const Upload &upload, const std::string &name) const
{
	tuf::DurableFolder drafts = TRY(tuf::DurableFolder::open(station_.drafts()));
	TRY(drafts.replace(name + ".json", upload.to_json().dump(1, '\t') + "\n"));
	return {};
}

Checked<> Session::sign_and_send(Upload upload, const std::string &draft_name,
				 const Payloads &payloads)
{
	Signers who = TRY(signers());
	std::string path = draft_path(draft_name);
	bool is_there = TRY(is_published(upload));
	if (is_there) {
		remove_draft(path);
		is_sent_ = true;
		say(stdout, "published before; nothing was sent\n");
		return {};
	}
	TRY(show(upload, payloads));
	const std::vector<tuf::SigningKey> *own = TRY(keys());
	TRY(sign_with(&upload, *own, who));
	TRY(keep_draft(upload, draft_name));
	std::vector<std::string> missing = TRY(missing_signatures(upload, who));
	if (!missing.empty()) {
		for (const std::string &line : missing)
			say(stdout, "%s\n", line.c_str());
		say(stdout, "draft: '%s'; the others sign it with 'klp-admin sign'\n",
		    path.c_str());
		return {};
	}
	std::string body = TRY(hub_->post("/v1/admin/upload", upload.to_json()));
	protocol::Published published = TRY(protocol::read<protocol::Published>(body));
	remove_draft(path);
	is_sent_ = true;
	say(stdout, "published, from timestamp %lld on\n",
	    static_cast<long long>(published.timestamp));
	return {};
}

Checked<> Session::publish(const Change &change, const std::string &draft_name)
{
	Upload upload;
	for (const auto &[role, content] : change.contents) {
		std::string bytes = TRY(tuf::sign(content, {}));
		upload.files.push_back({role, std::move(bytes)});
	}
	for (const auto &[path, bytes] : change.payloads)
		TRY(hub_->send("/v1/admin/payload", bytes));
	return sign_and_send(std::move(upload), draft_name, change.payloads);
}

}
