// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "../../cli/command_line.hpp"
#include "draft.hpp"
#include "repository_view.hpp"

namespace klp::admin {

// The words that each verb has.
struct CommonWords {
	std::string folder, passphrase_file;
	bool yes = false, no_passphrase = false;
};
void add_folder(CommandLine *app, CommonWords *words);
// --folder, and what a verb needs that signs.
void add_signing(CommandLine *app, CommonWords *words);

// --no-passphrase, for a verb that makes keys.
CommandLineOption *add_no_passphrase(CommandLine *app, CommonWords *words);

// Prints a refusal; the exit status.
int status_of(const CommandLine &app, const Checked<> &done);

// A passphrase by the words, or by a question on the terminal.
Checked<std::string> passphrase_of(const CommonWords &words);
// The same of keys that are not there yet: a question is asked twice. Empty by --no-passphrase.
Checked<std::string> new_passphrase(const CommonWords &words);

// A person at a workstation who has logged in.
class Session {
public:
	static Checked<Session> open(const CommonWords &words);

	HubConnection &hub() { return *hub_; }
	const Workstation &station() const { return station_; }
	// Refreshed when it is first asked for.
	Checked<RepositoryView *> view();
	// Each key of keys/, read when they are first asked for.
	Checked<const std::vector<tuf::SigningKey> *> keys();
	// Makes a key of a role in keys/HOLDER/, with the passphrase of the others. It signs from
	// now on, too. Asks for a passphrase where no other key is here.
	Checked<const tuf::SigningKey *> make_key(const std::string &role,
						  const std::string &holder);

	// A document of the hub's API.
	template <class T> Checked<T> get(const std::string &path)
	{
		std::string bytes = TRY(hub_->get(path, protocol::largest_of<T>()));
		return protocol::read<T>(bytes);
	}
	template <class T> Checked<> post(const std::string &path, const T &document)
	{
		TRY(hub_->post(path, document.to_json()));
		return {};
	}

	using Payloads = std::map<std::string, std::string>; // bytes of new targets, by path
	// The next version of the roles, with contents that are not signed yet.
	struct Change {
		std::map<std::string, nlohmann::json> contents; // by role
		Payloads payloads;
	};
	// The role's content with the next version and a new expiry.
	Checked<nlohmann::json *> edit(Change *change, const std::string &role);
	// Puts a target with these bytes into the role.
	Checked<> put(Change *change, const std::string &role, const std::string &path,
		      const std::string &bytes, const nlohmann::json &custom = nullptr);

	// The same of a document, if its own reader takes it.
	template <class T>
	Checked<> put_document(Change *change, const std::string &role, const std::string &path,
			       const T &document)
	{
		std::string bytes = document.to_json().dump(1, '\t') + "\n";
		TRY(protocol::read<T>(bytes));
		return put(change, role, path, bytes);
	}

	// Shows what would change, asks, signs, and sends. Without enough signatures it keeps a
	// draft of the name, and says who has to sign.
	Checked<> publish(const Change &change, const std::string &draft_name);
	// Whether the hub has what the last publish() had: else there is a draft.
	bool is_sent() const { return is_sent_; }
	// The same of a draft, which somebody else may have begun.
	Checked<> sign_and_send(protocol::Upload upload, const std::string &draft_name,
				const Payloads &payloads = {});

private:
	Session(CommonWords words, HubConnection hub)
	    : words_(std::move(words)),
	      station_(words_.folder),
	      hub_(std::make_unique<HubConnection>(std::move(hub)))
	{
	}
	Checked<bool> is_published(const protocol::Upload &upload);
	Checked<> show(const protocol::Upload &upload, const Payloads &payloads);
	Checked<> show_document(const std::string &path, const std::string &bytes);
	Checked<Signers> signers();
	Checked<> keep_draft(const protocol::Upload &upload, const std::string &name) const;
	std::string draft_path(const std::string &name) const;

	CommonWords words_;
	Workstation station_;
	std::unique_ptr<HubConnection> hub_;
	std::unique_ptr<RepositoryView> view_;
	std::optional<std::vector<tuf::SigningKey>> keys_;
	std::optional<std::string> passphrase_; // of keys_, where one was needed
	bool is_sent_ = false;
	std::optional<tuf::Root> first_root_; // pinned, where the repository is empty
};

}
