// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sample.hpp"
#include "../libklp/file.hpp"
#include "../libklp/try.hpp"

#include <algorithm>
#include <cerrno>

namespace klp {

static constexpr std::string_view file = "fs/proc/cmdline.c";
static constexpr std::string_view function =
	"static int cmdline_proc_show(struct seq_file *m, void *v)\n";
static constexpr std::string_view lines = R"( {
 	seq_puts(m, saved_command_line);
+	seq_puts(m, " klp_sample");
 	seq_putc(m, '\n');
 	return 0;
 }
)";

Result<Fix> sample_fix(const std::string &source)
{
	std::string path = source + "/" + std::string(file);
	std::string text = TRY(read_text(path));
	size_t at = text.find(function);
	if (at == std::string::npos)
		return fail(ENOENT, "'%s' has no cmdline_proc_show(), which --sample changes",
			    path.c_str());
	std::string line = std::to_string(1 + std::count(text.begin(), text.begin() + at, '\n'));
	std::string diff = "--- a/" + std::string(file) + "\n+++ b/" + std::string(file) +
			   "\n@@ -" + line + ",6 +" + line + ",7 @@\n " + std::string(function) +
			   std::string(lines);
	FixPatch patch = TRY(Fix::parse(sample_name, diff));
	std::vector<FixPatch> patches;
	patches.push_back(std::move(patch));
	return Fix::of(std::move(patches));
}

}
