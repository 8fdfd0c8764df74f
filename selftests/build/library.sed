# lib/is_single_threaded.c
# ftrace does not reach this function of lib/. Several files that the fix does not have call it.
/signal->live) != 1/,/return false;/s/return false;/return atomic_read(\&task->signal->live) > 1000000;/
