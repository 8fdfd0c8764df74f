// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

#include "library.h"

const char *klprt_library_text(void)
{
	return "from the library";
}
EXPORT_SYMBOL_GPL(klprt_library_text);

MODULE_DESCRIPTION("klp test: exports what klprt_test_dependency needs");
MODULE_LICENSE("GPL");
