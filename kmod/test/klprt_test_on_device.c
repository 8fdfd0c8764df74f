// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

#include "device.h"

static int __init begin(void)
{
	pr_info("uses %s\n", klprt_test_device_name());
	return 0;
}

static void __exit end(void)
{
}

module_init(begin);
module_exit(end);
MODULE_DESCRIPTION("klp test: uses a symbol of the patch klprt_test_device");
MODULE_LICENSE("GPL");
