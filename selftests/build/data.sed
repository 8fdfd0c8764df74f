# net/core/pktgen.c
# An initial value, and a function that has run: neither can be patched.
s/^static int pg_count_d __read_mostly = 1000;/static int pg_count_d __read_mostly = 2000;/
/^static int __init pg_init/,/^}/s/int ret = 0;/int ret = 0; pr_info("klp: too late\\n");/
