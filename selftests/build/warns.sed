# net/core/pktgen.c
# A fix that compiles, and that the compiler warns of. gcc 14 takes many a warning of gcc 12 for an
# error, but not this one.
/^static int pgctrl_show/,/^}/s/return 0;/{ int unused; seq_puts(seq, "warned\\n"); } return 0;/
