# fs/proc/cmdline.c
# A function of vmlinux: the command line says that it was patched.
/seq_puts(m, saved_command_line)/i\
	seq_puts(m, "patched ");
