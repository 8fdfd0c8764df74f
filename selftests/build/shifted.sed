# net/core/pktgen.c
# Only lines that move, and a comment: nothing to patch.
/^static int pgctrl_show/i\
/* A comment\
 * of several lines.\
 */\

