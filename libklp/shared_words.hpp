// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lock.hpp"

#include <atomic>
#include <cstdint>
#include <ctime>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace klp {

// Words that a process shares with its children.
class SharedWords {
public:
	explicit SharedWords(size_t count)
	    : size_(count * sizeof(Word)),
	      memory_(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			   0))
	{
	}
	SharedWords(const SharedWords &) = delete;
	~SharedWords()
	{
		if (*this)
			munmap(memory_, size_);
	}

	using Word = std::atomic<uint32_t>;
	explicit operator bool() const { return memory_ != MAP_FAILED; }
	Word *operator[](size_t index) const { return static_cast<Word *>(memory_) + index; }

	// Adds one, and wakes the waiters for the word.
	static void count_up(Word *word)
	{
		word->fetch_add(1);
		syscall(SYS_futex, word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
	}
	static void wait_for(Word *word, uint32_t value, Clock::time_point deadline)
	{
		for (;;) {
			uint32_t seen = word->load();
			int left = milliseconds_until(deadline);
			if (seen >= value || left == 0)
				return;
			timespec timeout = {left / 1000, left % 1000 * 1'000'000L};
			syscall(SYS_futex, word, FUTEX_WAIT, seen, &timeout, nullptr, 0);
		}
	}

private:
	size_t size_;
	void *memory_;
};

}
