/* SPDX-License-Identifier: GPL-2.0 */
const char *klprt_test_device_name(void);
