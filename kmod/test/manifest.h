/* SPDX-License-Identifier: GPL-2.0 */
/* The manifest that klp-build writes into a module, for a module that is not removable. */
#ifndef KLPRT_TEST_MANIFEST_H
#define KLPRT_TEST_MANIFEST_H

#define NOT_REMOVABLE(object, function)						\
asm(".pushsection .klp.manifest, \"\", @progbits\n"				\
    ".ascii \"{\\\"schema\\\":\\\"klp.manifest/1\\\",\\\"tool\\\":\\\"klp-build 0.1\\\",\"\n"	\
    ".ascii \"\\\"kernel\\\":\\\"6.1.0-55-amd64\\\",\\\"base\\\":{\\\"" object "\\\":\\\"00ff\\\"},\"\n"	\
    ".ascii \"\\\"patches\\\":[{\\\"file\\\":\\\"fix.patch\\\",\\\"sha256\\\":\"\n"		\
    ".ascii \"\\\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\\\"}],\"\n" \
    ".ascii \"\\\"compiler\\\":\\\"gcc-12\\\",\\\"functions\\\":[{\\\"object\\\":\\\"" object "\\\",\"\n"	\
    ".ascii \"\\\"function\\\":\\\"" function "\\\",\\\"sympos\\\":1,\\\"why\\\":\\\"changed\\\"}],\"\n" \
    ".ascii \"\\\"removable\\\":false,\\\"not_removable_because\\\":\"\n"		\
    ".ascii \"[\\\"'" function "' is a timer\\\\u001b[31m function\\\"]}\"\n"		\
    ".popsection");								\
MODULE_INFO(klp_removable, "no")

#endif
