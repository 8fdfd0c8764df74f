# net/core/pktgen.c
# kpatch-build does what these macros ask for, and klp-build does not.
/^static int pgctrl_show/i\
#include "kpatch-macros.h"\

/seq_puts(seq, version)/c\
	seq_printf(seq, "patched: %s", version);
/^static ssize_t pgctrl_write/i\
KPATCH_FORCE_UNSAFE(pgctrl_show);\
KPATCH_IGNORE_FUNCTION(pgctrl_show)\
KPATCH_IGNORE_SECTION("__bug_table");\

