// SPDX-License-Identifier: GPL-2.0
#include <linux/net.h>
#include <linux/version.h>
#include <net/inet_common.h>

#include "patch.h"

/* The addresses of include/net/inet_common.h before Linux 6.19. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define sockaddr_unsized sockaddr
#endif

static noinline int logged_connect(struct socket *socket, struct sockaddr_unsized *address,
				   int length, int flags)
{
	int err = inet_stream_connect(socket, address, length, flags);

	pr_info("connect: %d\n", err);
	return err;
}

static int patched_connect(struct socket *socket, struct sockaddr_unsized *address, int length,
			   int flags)
{
	return logged_connect(socket, address, length, flags) ?: 0;
}

OBJECT(VMLINUX, FUNC("inet_stream_connect", patched_connect));
PATCH();
LIVEPATCH("a replacement calls what it replaces");
