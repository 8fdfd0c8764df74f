# kernel/sys.c
# Two system calls, by kpatch's macro and by that of the kernel's own klp-build.
/^SYSCALL_DEFINE1(newuname,/,/^}/s/^	up_read(&uts_sem);/&\n	strcat(tmp.sysname, ".klp");/
/^SYSCALL_DEFINE2(sethostname,/,/^}/s/^		add_device_randomness(tmp, len);/		if (len > 2)\n			tmp[len - 1] = '9';\n&/
s/^SYSCALL_DEFINE1(newuname,/#include "kpatch-syscall.h"\nKPATCH_&/
s/^SYSCALL_DEFINE2(sethostname,/#include <linux\/livepatch_helpers.h>\nKLP_&/
