// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs the fuzz target on existing files, built with any compiler: klp-fuzz-replay FILE|FOLDER...
// The target must accept a file named valid-*, and refuse a file named malformed-* with a message
// that names the place. Any other file must only do no harm.
#include "../file.hpp"
#include "target.hpp"

#include <cstdio>
#include <sys/stat.h>

using namespace klp;

struct Tally {
	size_t files = 0, refused = 0, wrong = 0;
};

static void replay(const std::string &path, Tally *tally)
{
	Result<std::vector<std::byte>> bytes = read_bytes(path, 1 << 30);
	if (!bytes) {
		printf("%s\n", bytes.error().message.c_str());
		tally->wrong++;
		return;
	}
	Result<> read = read_input(path, *bytes);
	std::string name = path.substr(path.rfind('/') + 1);
	tally->files++;
	tally->refused += !read;
	if ((name.starts_with("valid-") && !read) || (name.starts_with("malformed-") && read)) {
		printf("%s: %s\n", path.c_str(), read ? "accepted" : read.error().message.c_str());
		tally->wrong++;
	}
}

int main(int count, char **paths)
{
	Tally tally;
	for (int i = 1; i < count; i++) {
		std::string path = paths[i];
		Result<std::vector<std::string>> names = list_folder(path);
		if (!names)
			replay(path, &tally);
		for (const std::string &name : names.value_or(std::vector<std::string>()))
			replay(path + "/" + name, &tally);
	}
	printf("%zu files replayed, %zu refused in words that say where, %zu otherwise than their names say\n",
	       tally.files, tally.refused, tally.wrong);
	return tally.wrong != 0 || tally.files == 0;
}
