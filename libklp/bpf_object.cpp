// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bpf_object.hpp"
#include "file.hpp"
#include "kernel_root.hpp"
#include "try.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace klp {

static thread_local LibbpfWords *listening;
static thread_local std::string *first_words;

LibbpfWords::LibbpfWords() : before_(libbpf_set_print(take))
{
	listening = this;
	first_words = &first_;
}

LibbpfWords::~LibbpfWords()
{
	listening = nullptr;
	first_words = nullptr;
	libbpf_set_print(before_);
}

int LibbpfWords::take(libbpf_print_level level, const char *format, va_list arguments)
{
	if (!listening || level != LIBBPF_WARN || !first_words->empty())
		return 0;
	char text[512];
	int length = vsnprintf(text, sizeof(text), format, arguments);
	*first_words = std::string(text, std::clamp<int>(length, 0, sizeof(text) - 1));
	while (first_words->ends_with('\n'))
		first_words->pop_back();
	return 0;
}

std::unexpected<Error> bpf_failed(int error, const char *what, const LibbpfWords &words)
{
	int code = error < 0 ? -error : error;
	const std::string &cause = words.first();
	if (code == EPERM || code == EACCES)
		return fail(EPERM,
			    "cannot %s through BPF: it takes root, or CAP_BPF and CAP_PERFMON",
			    what);
	return fail(code, "cannot %s through BPF: %s%s%s", what, strerror(code),
		    cause.empty() ? "" : "; ", cause.c_str());
}

Result<> bpf_is_possible(Kernel &kernel)
{
	if (!exists(root_of(kernel) + "/sys/kernel/btf/vmlinux"))
		return fail(ENOTSUP, "the kernel has no BTF (/sys/kernel/btf/vmlinux), without "
				     "which BPF cannot look into it");
	Result<std::string> lockdown = kernel.lockdown();
	if (lockdown && *lockdown == "confidentiality")
		return fail(EPERM,
			    "lockdown is 'confidentiality', which closes the kernel to BPF; up to "
			    "'integrity' it is open");
	return {};
}

}
