// SPDX-License-Identifier: LGPL-2.1-or-later
// The parts that every use of BPF shares: whether this kernel permits BPF, and libbpf's messages,
// which belong into the Error and not on somebody's stderr.
#pragma once

#include <bpf/libbpf.h>
#include <klp/kernel.hpp>
#include <memory>
#include <string>

namespace klp {

// Catches libbpf's messages in this thread, as long as the object lives. Messages in other threads
// go on to the former recipient.
class LibbpfWords {
public:
	LibbpfWords();
	~LibbpfWords();
	LibbpfWords(const LibbpfWords &) = delete;

	// The first warning, which names the cause, in one line; "" for none.
	const std::string &first() const { return first_; }

private:
	static int take(libbpf_print_level level, const char *format, va_list arguments);

	libbpf_print_fn_t before_;
	std::string first_;
};

// ENOTSUP, EPERM: see LiveView::open().
Result<> bpf_is_possible(Kernel &kernel);

template <auto destroy> struct Destroy {
	template <class Thing> void operator()(Thing *thing) const { destroy(thing); }
};
using BpfLink = std::unique_ptr<bpf_link, Destroy<bpf_link__destroy>>;

// An error of libbpf, with its message: "cannot WHAT: …".
std::unexpected<Error> bpf_failed(int error, const char *what, const LibbpfWords &words);

}
