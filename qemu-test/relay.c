// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Host's end of a stream that init.c sends: records in, bytes out, at once.
// Status 0 only if the record that ends the stream came.

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char bytes[1 << 16];

static size_t read_up_to(size_t size)
{
	ssize_t n;

	do
		n = read(STDIN_FILENO, bytes, size);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		fprintf(stderr, "vm: cannot read from the guest: %s\n", strerror(errno));
		exit(1);
	}
	if (n == 0)
		exit(1); // the guest went away: vm says so
	return n;
}

static void write_all(size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(STDOUT_FILENO, bytes + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fprintf(stderr, "vm: cannot write: %s\n", strerror(errno));
			exit(2);
		}
		done += n;
	}
}

int main(void)
{
	for (;;) {
		uint32_t left = 0;
		size_t have = 0;

		while (have < sizeof(left)) {
			size_t n = read_up_to(sizeof(left) - have);

			memcpy((char *)&left + have, bytes, n);
			have += n;
		}
		if (left == 0)
			return 0;
		while (left) {
			size_t n = read_up_to(left < sizeof(bytes) ? left : sizeof(bytes));

			write_all(n);
			left -= n;
		}
	}
}
