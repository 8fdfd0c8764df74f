# fs/proc/loadavg.c
# New data of every kind: a global variable, one that is read mostly, a table, a static
# variable of a function, strings; and a new function that is global.
/^static int loadavg_proc_show/i\
int klp_global = 40;\
static int klp_mostly __read_mostly = 2;\
static const short klp_steps[] = { 100, 200, 300, 400 };\
\
noinline int klp_calls(void)\
{\
	static int calls;\
\
	return ++calls;\
}\

/^	get_avenrun/i\
	klp_global += klp_mostly;\
	seq_printf(m, "%d %d ", klp_global, klp_steps[klp_calls() & 3]);\
	seq_puts(m, klp_global & 4 ? "four " : "none ");
