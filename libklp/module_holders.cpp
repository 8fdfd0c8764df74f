// SPDX-License-Identifier: LGPL-2.1-or-later
#include "module_holders.hpp"

#include "bpf_object.hpp"
#include "file.hpp"
#include "try.hpp"
#include "unique_fd.hpp"

#include <algorithm>
#include <bpf/bpf.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <linux/types.h>

#include "bpf/files.skel.h"
#include "bpf/records.h"
#include "kernel_root.hpp"

namespace klp {

static Result<std::vector<klprt_file>> open_files(Kernel &kernel, const std::string &module)
{
	TRY(bpf_is_possible(kernel));
	LibbpfWords words;
	std::unique_ptr<klprt_files, Destroy<klprt_files__destroy>> programs(
		klprt_files__open_and_load());
	if (!programs)
		return bpf_failed(errno, "look at open files", words);
	memcpy(programs->bss->wanted, module.c_str(),
	       std::min(module.size() + 1, sizeof(programs->bss->wanted)));
	BpfLink link(bpf_program__attach_iter(programs->progs.klprt_files, nullptr));
	if (!link)
		return bpf_failed(errno, "go through all open files", words);
	UniqueFd pass(bpf_iter_create(bpf_link__fd(link.get())));
	std::vector<klprt_file> files;
	for (ssize_t got = 1; pass && got != 0;) {
		klprt_file file;
		got = read(pass.get(), &file, sizeof(file));
		if (got == sizeof(file))
			files.push_back(file);
		else if (got < 0 && errno != EINTR && errno != EAGAIN)
			return fail(errno, "cannot go through all open files: %s", strerror(errno));
	}
	return files;
}

static std::string described(const std::string &root, const klprt_file &file)
{
	std::string path =
		root + "/proc/" + std::to_string(file.tgid) + "/fd/" + std::to_string(file.fd);
	std::error_code error;
	std::string target = std::filesystem::read_symlink(path, error).string();
	return std::string(file.comm, strnlen(file.comm, sizeof(file.comm))) + " (pid " +
	       std::to_string(file.tgid) + ") with " +
	       (error ? "its descriptor " + std::to_string(file.fd) : target) + " open";
}

std::vector<std::string> module_holders(Kernel &kernel, const std::string &module)
{
	std::vector<std::string> holders;
	std::error_code error;
	std::filesystem::directory_iterator entries(
		root_of(kernel) + "/sys/module/" + module + "/holders", error);
	for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
		holders.push_back("the module '" + entries->path().filename().string() + "'");
	std::ranges::sort(holders);
	Result<std::vector<klprt_file>> files = open_files(kernel, module);
	for (const klprt_file &file : files.value_or(std::vector<klprt_file>()))
		holders.push_back(described(root_of(kernel), file));
	return holders;
}

}
