// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keyring.hpp"
#include "file.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/keyctl.h>
#include <optional>
#include <span>
#include <sstream>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace klp {

namespace {

struct Key {
	int32_t serial;
	std::string type; // cut to nine letters
	std::string description;
};

// proc_keys_show() of security/keys/proc.c:
// 015e6b0d I------     2 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: 1
Result<std::vector<Key>> read_keys(const std::string &root)
{
	std::string text = TRY(read_text(root + "/proc/keys"));
	std::vector<Key> keys;
	std::istringstream lines(text);
	std::string line;
	while (std::getline(lines, line)) {
		std::istringstream fields(line);
		std::string flags, usage, expiry, permissions, user, group;
		uint32_t serial;
		Key key;
		if (fields >> std::hex >> serial >> flags >> usage >> expiry >> permissions >>
		    user >> group >> key.type >> std::ws) {
			key.serial = static_cast<int32_t>(serial);
			std::getline(fields, key.description);
			keys.push_back(std::move(key));
		}
	}
	return keys;
}

bool is_keyring(const Key &key, std::string_view name)
{
	return key.type == "keyring" && key.description.starts_with(name) &&
	       key.description[name.size()] == ':';
}

// Whether a key of this list may have that subject key id; the kernel shows the id's last four
// bytes:
// Debian Secure Boot CA: 6ccece7e4c6c0d1f6149f3dd27dfcc5cbb419ea1: X509.rsa bb419ea1 []
bool lists(const std::vector<Key> &keys, const std::string &id)
{
	std::string shown = " " + id.substr(id.size() - std::min<size_t>(id.size(), 8)) + " [";
	return std::ranges::any_of(keys, [&](const Key &key) {
		return key.type == "asymmetri" && key.description.find(shown) != std::string::npos;
	});
}

// The kernel's own search for exactly this key. The search finds no key that the caller may not
// use; for such a key it returns EACCES instead of ENOKEY (keyring_search_iterator()).
Result<bool> finds(const Key &keyring, const std::string &id)
{
	long found = syscall(SYS_keyctl, KEYCTL_SEARCH, keyring.serial, "asymmetric",
			     ("ex:" + id).c_str(), 0);
	if (found >= 0 || errno == EACCES)
		return true;
	if (errno == ENOKEY)
		return false;
	return fail(errno, "cannot search the kernel's keys: %s", strerror(errno));
}

}

Result<bool> has_key(const std::string &root, const Signer &signer)
{
	std::vector<Key> keys = TRY(read_keys(root));
	// The keyring is root's: the kernel shows other users neither it nor the keys in it.
	if (std::ranges::none_of(
		    keys, [](const Key &key) { return is_keyring(key, ".builtin_trusted_keys"); }))
		return fail(EACCES, "%s/proc/keys does not show the kernel's keys", root.c_str());
	if (signer.by_key_id)
		return lists(keys, signer.id);
	if (!root.empty())
		return fail(ENOTSUP, "only the kernel that runs can be asked for a certificate");
	// mod_verify_sig() searches all of these; .machine is linked in .secondary_trusted_keys.
	for (const char *name : {".builtin_trusted_keys", ".secondary_trusted_keys", ".platform"}) {
		for (const Key &keyring : keys) {
			if (!is_keyring(keyring, name))
				continue;
			bool found = TRY(finds(keyring, signer.id));
			if (found)
				return true;
		}
	}
	return false;
}

}
