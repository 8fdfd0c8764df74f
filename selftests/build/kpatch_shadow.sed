# fs/proc/uptime.c
# A member that a structure would get: a shadow variable of each task that asks, and none
# stays when the patch goes.
/^static int uptime_proc_show/i\
#include <linux/livepatch_helpers.h>\
#include <linux/sched.h>\
\
static int klp_zero(void *task, void *count, void *unused)\
{\
	*(int *)count = 0;\
	return 0;\
}\
\
static void klp_forget(struct klp_object *object)\
{\
	klp_shadow_free_all(0x6b6c70, NULL);\
	pr_info("klp: forgotten\\n");\
}\
KLP_POST_UNPATCH_CALLBACK(klp_forget);\

/^	u64 idle_nsec;/a\
	int *count;
/^			(idle.tv_nsec .*;$/a\
	count = klp_shadow_get_or_alloc(current, 0x6b6c70, sizeof(int), GFP_KERNEL, klp_zero, NULL);\
	if (count)\
		seq_printf(m, "asked %d times\\n", ++*count);
