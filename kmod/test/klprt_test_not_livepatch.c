// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

MODULE_DESCRIPTION("klp test: a module that patches nothing");
MODULE_LICENSE("GPL");
