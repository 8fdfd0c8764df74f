# net/core/pktgen.c
# A function of a module, with much that a fix may bring: a new function, a new static
# variable, strings, printk_once, WARN_ONCE. Readers named sleep_cold and sleep_tail fall
# asleep in what the compiler makes a .cold part of, and in a function that the
# replacement leaves by a jump.
/^static int pgctrl_show/i\
static noinline int klp_count(void)\
{\
	static int calls;\
\
	return ++calls;\
}\
\
static noinline int klp_sleep(struct seq_file *seq)\
{\
	seq_puts(seq, "slept\\n");\
	schedule_timeout_interruptible(1000 * HZ);\
	return 0;\
}\

/seq_puts(seq, version)/c\
	seq_printf(seq, "patched, call %d of %.6s\\n", klp_count(), version);\
	pr_info_once("klp: said once\\n");\
	WARN_ONCE(!seq, "klp: never\\n");\
	if (unlikely(!strcmp(current->comm, "sleep_cold"))) {\
		pr_info("klp: a cold path\\n");\
		schedule_timeout_interruptible(1000 * HZ);\
	}\
	if (!strcmp(current->comm, "sleep_tail"))\
		return klp_sleep(seq);
