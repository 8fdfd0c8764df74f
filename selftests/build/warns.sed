# net/core/pktgen.c
# A fix that compiles, and that the compiler warns of: a pointer goes where a number did.
/^static int pgctrl_show/,/^}/s/return 0;/return seq->private;/
