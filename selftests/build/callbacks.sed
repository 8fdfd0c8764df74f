# net/core/pktgen.c
# Callbacks and a state, and no function that changes. The timer is what an unpatch
# callback is for: its function's address is with the kernel.
/^static int pgctrl_show/i\
static void klp_tick(struct timer_list *timer)\
{\
}\
static DEFINE_TIMER(klp_timer, klp_tick);\
\
static int klp_prepare(struct klp_object *object)\
{\
	pr_info("klp: pre_patch, %d packets\\n", pg_count_d);\
	mod_timer(&klp_timer, jiffies + 1000 * HZ);\
	return 0;\
}\
\
static void klp_applied(struct klp_object *object)\
{\
	pr_info("klp: post_patch\\n");\
}\
\
static void klp_leaving(struct klp_object *object)\
{\
	pr_info("klp: pre_unpatch\\n");\
}\
\
static void klp_undo(struct klp_object *object)\
{\
	pr_info("klp: post_unpatch, timer %d\\n", del_timer_sync(&klp_timer));\
}\
\
KLP_PRE_PATCH(klp_prepare);\
KLP_POST_PATCH(klp_applied);\
KLP_PRE_UNPATCH(klp_leaving);\
KLP_POST_UNPATCH(klp_undo);\
KLP_STATE(7, 1);\

