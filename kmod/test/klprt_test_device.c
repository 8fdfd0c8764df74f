// SPDX-License-Identifier: GPL-2.0
#include <linux/fs.h>
#include <linux/miscdevice.h>

#include "device.h"
#include "patch.h"

static const struct file_operations operations = {
	.owner = THIS_MODULE,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "klprt_test",
	.fops = &operations,
};

const char *klprt_test_device_name(void)
{
	return device.name;
}
EXPORT_SYMBOL_GPL(klprt_test_device_name);

SHOW(patched_cmdline)
OBJECT(VMLINUX, FUNC("cmdline_proc_show", patched_cmdline));
PATCH();

static int __init enable(void)
{
	int err = misc_register(&device);

	if (err)
		return err;
	err = klp_enable_patch(&patch);
	if (err)
		misc_deregister(&device);
	return err;
}

static void __exit leave(void)
{
	misc_deregister(&device);
}

module_init(enable);
module_exit(leave);
DESCRIPTION("has a device, whose open files hold it, and an export, whose users do");
MODULE_INFO(livepatch, "Y");
