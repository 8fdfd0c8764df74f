# fs/select.c
# What every wait of klp's own sleeps in.
/^static int do_sys_poll(/,/^}/s/return -EINVAL;/return -EDOM;/
