/* SPDX-License-Identifier: GPL-2.0 */
const char *klprt_library_text(void);
