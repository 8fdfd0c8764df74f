# lib/is_single_threaded.c
# Of lib/, which ftrace does not reach: called from several files that the fix does not have.
/signal->live) != 1/,/return false;/s/return false;/return atomic_read(\&task->signal->live) > 1000000;/
